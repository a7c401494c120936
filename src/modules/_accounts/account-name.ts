import { textLike } from "../../engine/schema.ts";

/** What tools and files can hold: nothing that ends a field or a line, and no option. */
export const accountName = (summary: string) =>
  textLike(
    summary,
    /^(?!\d+$)[^-+~:,/\s\0-\x1f\x7f][^:,/\s\0-\x1f\x7f]*$/,
    "a name without blanks, ':', ',' and '/' that is no number",
  );
