import { addressText } from "../../base/address.ts";
import type { ResourceRow } from "../../engine/record/record.ts";
import { SlothError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import { printable } from "../../base/printable.ts";
import { command } from "../../cli/command.ts";
import { operand, operands, shared } from "../../cli/flags.ts";
import { holdingStack } from "../../run/with-stack.ts";

export default command({
  summary: "Take resources out of a stack's record; nothing on the machine is touched.",
  details: "A workflow that still declares one records it again, as something that was there before.",
  example: "sloth-runner stack forget my-infrastructure file:/etc/motd",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    ADDRESS: operands("Resource as stack resources lists it, such as file:/etc/motd."),
    "lock-timeout": shared.lockTimeout(),
    db: shared.db(),
  },

  run({ NAME: name, ADDRESS: addresses, db, "lock-timeout": lockTimeoutMs }, context) {
    return holdingStack({ name, db, lockTimeoutMs }, context, async (stack) => {
      const rows = addressed(await stack.resources(), addresses);
      await stack.forget(rows);
      context.stdout.write(rows.map((row) => `forgot ${printable(addressText(row))}\n`).join(""));
    });
  },
});

/** All of them or, when one is not known, an error. */
function addressed(rows: readonly ResourceRow[], addresses: readonly string[]): readonly ResourceRow[] {
  const wanted = new Set(addresses);
  const found = rows.filter((row) => wanted.has(addressText(row)) || wanted.has(printable(addressText(row))));
  const known = new Set(found.flatMap((row) => [addressText(row), printable(addressText(row))]));
  const unknown = addresses.find((address) => !known.has(address));
  if (unknown === undefined) return found;
  const hint = didYouMean(unknown, rows.map(addressText)) ?? "stack resources lists the ones there are";
  throw new SlothError("E_RESOURCE_UNKNOWN", `${printable(unknown)} is not in the record; nothing was forgotten`, {
    hint,
  });
}
