import { contents, object } from "../../engine/schema.ts";
import { configurationFile, fileNameField } from "./_configuration-file.ts";

export const sysusers = configurationFile({
  name: "systemd.sysusers",
  summary:
    "Keeps system users made at boot, in /etc/sysusers.d; they are made at once. Whom it made stays when it goes.",
  example: `
    systemd.sysusers{ name = "app", content = 'u app - "The application" /var/lib/app\\n' }
  `,
  schema: object({ name: fileNameField, content: contents("Lines as sysusers.d(5) has them.") }),
  directory: "/etc/sysusers.d",
  applies: ["systemd-sysusers"],
});
