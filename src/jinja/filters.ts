import { ANSIBLE_FILTERS } from "./ansible-filters.ts";
import type { Filter } from "./given.ts";
import { LIST_FILTERS } from "./list-filters.ts";
import { TEXT_FILTERS } from "./text-filters.ts";

export const FILTERS: Readonly<Record<string, Filter>> = { ...TEXT_FILTERS, ...LIST_FILTERS, ...ANSIBLE_FILTERS };
