import { readFileSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";

/**
 * Counts JUnit files; as a program, all of dist/test, exiting with 1 when anything failed or nothing ran.
 * @param {string[]} files
 */
export function count(files) {
  /** @type {Record<"passed" | "failed" | "skipped", string[]>} */
  const tests = { passed: [], failed: [], skipped: [] };
  for (const file of files) {
    for (const text of readFileSync(file, "utf8").split("<testcase ").slice(1)) {
      const result = /<(failure|error)\b/.test(text) ? "failed" : text.includes("<skipped") ? "skipped" : "passed";
      tests[result].push(decode(/\bname="([^"]*)"/.exec(text)?.[1] ?? file));
    }
  }
  return tests;
}

/**
 * Says what failed, what was skipped and why (the reason is part of the name: test/support/needs.ts), and last the counts.
 * @param {string[]} files
 */
export function printSummary(files) {
  const { passed, failed, skipped } = count(files);
  for (const name of skipped) console.log(`skipped: ${name}`);
  for (const name of failed) console.log(`failed: ${name}`);
  console.log(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
  return failed.length === 0 && passed.length > 0;
}

/** @param {string} text */
function decode(text) {
  const named = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(?:(lt|gt|quot|apos|amp)|#(\d+)|#x([0-9a-f]+));/gi, (_, name, decimal, hex) =>
    name === undefined
      ? String.fromCodePoint(decimal === undefined ? parseInt(hex, 16) : Number(decimal))
      : named[name],
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = readdirSync("dist/test").filter((name) => name.endsWith(".xml"));
  process.exitCode = printSummary(files.map((name) => `dist/test/${name}`)) ? 0 : 1;
}
