import { families } from "./families/index.ts";
import { replay } from "./replay.ts";

/** `npm run replay -- FOLDER [family…]`: what other tools were seen to do, done by ours; says what percentage is alike, and each difference. */
const [folder = "", ...names] = process.argv.slice(2);
let steps = 0;
let alike = 0;
let meant = 0;
for (const family of families.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const done = await replay(family, folder);
  if (done === null) continue;
  steps += done.steps;
  alike += done.alike;
  meant += done.differences.filter((each) => each.meant !== undefined).length;
  console.log(`${done.family}: ${done.alike} of ${done.steps} alike (${percent(done.alike, done.steps)} %)`);
  for (const { id, what, meant } of done.differences)
    console.log(`  ${id}${meant === undefined ? "" : ` (meant: ${meant})`}\n    ${what.join("\n    ")}`);
  const why = Map.groupBy(done.skipped, (each) => each.why);
  for (const [reason, each] of why) console.log(`  not ours, ${each.length}: ${reason}`);
}
const both = `${percent(alike, steps)} %, with those that are meant ${percent(alike + meant, steps)} %`;
console.log(steps === 0 ? `nothing to replay in ${folder}` : `all: ${alike} of ${steps} (${both})`);

function percent(part: number, whole: number): string {
  return whole === 0 ? "100" : ((100 * part) / whole).toFixed(1);
}
