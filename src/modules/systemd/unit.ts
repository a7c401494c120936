import { contents, object, textLike } from "../../engine/schema.ts";
import { unitFileResource, verifyField } from "./_unit-file.ts";

const NAME =
  /^[A-Za-z0-9:_.\\@-]+\.(service|socket|target|timer|path|mount|automount|swap|slice)(\.d\/[A-Za-z0-9:_.@-]+\.conf)?$/;

/** Keeps a unit file, or a drop-in of one, in /etc/systemd/system. */
export const unit = unitFileResource({
  name: "systemd.unit",
  summary: "Keeps a unit file in /etc/systemd/system; systemd checks it before and reads it again after.",
  example: `
    local unit = systemd.unit{
        name = "worker.service",
        content = [[
    [Unit]
    Description=Worker

    [Service]
    ExecStart=/bin/sleep infinity
    DynamicUser=yes

    [Install]
    WantedBy=multi-user.target
    ]],
    }
    systemd.ensure{ name = "worker", state = "started", enabled = true }
    if unit.changed then
        systemd.restart{ name = "worker" }
    end
  `,
  schema: object({
    name: textLike(
      "File name, as `app.service` or `app.service.d/limits.conf`.",
      NAME,
      "the file name of a unit with its suffix, or of a drop-in",
    ),
    content: contents("The unit file."),
    verify: verifyField,
  }),
  file: (props) => props.name,
});
