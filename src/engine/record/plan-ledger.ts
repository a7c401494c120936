import type { Address } from "../../base/address.ts";
import type { Ledger } from "../context.ts";
import type { StackRecord } from "./record.ts";

/** The ledger of a plan: reads what is recorded, writes nothing, and numbers changes for the latch alone. */
export function planLedger(record: StackRecord): Ledger {
  let last = 0;
  return {
    recorded: (address: Address) => record.find("module", address),
    intend: () => --last,
    unchanged: () => {},
    done: () => {},
    failed: () => {},
    settle: () => {},
    forgetOriginal: () => {},
    isTouched: () => false,
  };
}
