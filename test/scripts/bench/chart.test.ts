import { expect, test } from "bun:test";
import { chart } from "../../../scripts/bench/chart.ts";

const row = (tool: string, wallMs: number) => ({
  group: "",
  tool,
  cost: { wallMs, cpuMs: wallMs, peakMiB: 50, samples: 5 },
});

test("the fastest is on top, and ten times the time is always the same length more", () => {
  const svg = chart("A run", [
    { title: "300 files", results: [row("Puppet", 1000), row("sloth-runner", 10), row("CFEngine", 100)] },
    { title: "nothing measured", results: [] },
  ]);

  const names = ["sloth-runner", "CFEngine", "Puppet"].map((name) => svg.indexOf(`>${name}<`));
  expect(names.toSorted((a, b) => a - b)).toEqual(names);
  const [ours = 0, ten = 0, hundred = 0] = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  expect(hundred - ten).toBeCloseTo(ten, 0);
  expect(ours).toBe(2);
  expect(svg).not.toContain("nothing measured");
});
