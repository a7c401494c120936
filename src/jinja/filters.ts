import { ANSIBLE_FILTERS } from "./ansible-filters.ts";
import { COMBINING_FILTERS } from "./combining-filters.ts";
import { ENCODING_FILTERS } from "./encoding-filters.ts";
import type { Filter } from "./given.ts";
import { LIST_FILTERS } from "./list-filters.ts";
import { PATH_FILTERS } from "./path-filters.ts";
import { REGEXP_FILTERS } from "./regexp-filters.ts";
import { SIZE_FILTERS } from "./size-filters.ts";
import { TEXT_FILTERS } from "./text-filters.ts";
import { URL_FILTERS } from "./url-filters.ts";

export const FILTERS: Readonly<Record<string, Filter>> = {
  ...TEXT_FILTERS,
  ...LIST_FILTERS,
  ...COMBINING_FILTERS,
  ...SIZE_FILTERS,
  ...PATH_FILTERS,
  ...URL_FILTERS,
  ...ENCODING_FILTERS,
  ...REGEXP_FILTERS,
  ...ANSIBLE_FILTERS,
};
