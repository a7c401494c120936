/** The time as part of a file name: `20260102T030405678Z`. */
export function stamp(): string {
  return new Date().toISOString().replaceAll(/[-:.]/g, "");
}
