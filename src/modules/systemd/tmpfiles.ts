import { contents, object } from "../../engine/schema.ts";
import { configurationFile, fileNameField } from "./_configuration-file.ts";

export const tmpfiles = configurationFile({
  name: "systemd.tmpfiles",
  summary:
    "Keeps files and directories made at boot, in /etc/tmpfiles.d; they are made at once. What it made stays when it goes.",
  example: `
    systemd.tmpfiles{ name = "app", content = "d /run/app 0755 root root -\\n" }
  `,
  schema: object({ name: fileNameField, content: contents("Lines as tmpfiles.d(5) has them.") }),
  directory: "/etc/tmpfiles.d",
  applies: ["systemd-tmpfiles", "--create"],
});
