import { contents, object, textLike } from "../../engine/schema.ts";
import { unitField, unitName } from "../_units/unit-name.ts";
import { unitFileResource } from "./_unit-file.ts";

/** Keeps a drop-in of a unit: settings laid over those of its file. */
export const dropIn = unitFileResource({
  name: "systemd.drop_in",
  summary: "Keeps settings over those of a unit, in /etc/systemd/system/UNIT.d/NAME.conf; systemd reads them at once.",
  example: `
    local limits = systemd.drop_in{ unit = "app", name = "limits", content = "[Service]\\nLimitNOFILE=65536\\n" }
    if limits.changed then
        systemd.restart{ name = "app" }
    end
  `,
  schema: object({
    unit: unitField,
    name: textLike(
      "Name of the file; `.conf` is added when it has no suffix.",
      /^[A-Za-z0-9][A-Za-z0-9:_.@-]*$/,
      "the name of a file",
    ),
    content: contents("The sections and settings."),
  }),
  file: ({ unit, name }) => `${unitName(unit)}.d/${name.endsWith(".conf") ? name : `${name}.conf`}`,
});
