/** docs/export.md tells it to users. */
export const FORMAT = "sloth-runner stack";
export const FORMAT_VERSION = 1;
