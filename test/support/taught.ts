import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { allModules } from "../../src/reference/modules.ts";

/** Lua that stands with a function, or on a page without functions, in the documentation. */
export interface Example {
  readonly name: string;
  readonly lua: string;
}

export function examples(): readonly Example[] {
  return allModules().flatMap(({ name, example, functions }) =>
    functions.length === 0 ? [{ name, lua: example }] : functions.map((one) => ({ name: one.name, lua: one.example })),
  );
}

/** What examples and recipes take to be beside the workflow. */
export const BESIDE: Readonly<Record<string, string>> = {
  "files/app.conf": "listen 8080\nlevel info\n",
  "app.conf": "listen 8080\n",
  "nginx.conf": "events {}\n",
  "site.conf.j2": "server_name {{ name }};\n",
  "files/app.service": "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n",
  "files/site/index.html": "<h1>Hello</h1>\n",
  "files/site/style.css": "h1 { color: teal }\n",
  "templates/app.conf.j2": "name {{ name }}\n{% for port in ports %}\nlisten {{ port }}\n{% endfor %}\n",
  "keys/ana.pub": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0vUu3L8lqfQz7g0M8GqfJ8QX0G6l1cYJqj6Q3y5v9E ana@example.org\n",
  "secrets/token": "s3cret\n",
};

/** Writes it there. */
export function layBeside(directory: string): void {
  for (const [path, text] of Object.entries(BESIDE)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}
