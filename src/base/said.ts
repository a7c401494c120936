const LINES = 20;
const LENGTH = 2000;

/**
 * How a command ended, with the last lines of both its streams: what it wrote to standard error first, as that mostly says why. Nothing that it
 * did not say is put into its mouth.
 */
export function endedSaying(
  how: string,
  { stdout, stderr }: { readonly stdout: string; readonly stderr: string },
): string {
  const [out, err] = [lastLines(stdout), lastLines(stderr)];
  if (out === "" || err === "") return out + err === "" ? how : `${how}: ${out}${err}`;
  return `${how}: ${err}\nstandard output was: ${out}`;
}

function lastLines(text: string): string {
  const lines = text.trim().split(/\r?\n/).slice(-LINES).join("\n");
  return lines.length > LENGTH ? `…${lines.slice(-LENGTH)}` : lines;
}
