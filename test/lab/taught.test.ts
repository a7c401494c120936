import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from "bun:test";
import { armor } from "age-encryption";
import { encryptTo } from "../../src/secrets/age.ts";
import { readerOf } from "../../src/secrets/reader.ts";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { blocksUnder } from "../../scripts/docs/blocks.ts";
import { needs } from "../support/needs.ts";
import { BESIDE, examples } from "../support/taught.ts";
import type { LabHost } from "./host.ts";
import { labOfOne, type Lab } from "./lab.ts";
import { installProgram } from "./program.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");

/* What the documentation teaches, run as it stands on a host with nginx and a unit `app`. */
const DIRECTORY = "/srv/workflows";
/** One answer for whoever asks. */
const SERVER = `[Service]
ExecStart=/usr/bin/systemd-socket-activate -l 8080 -a --inetd /bin/sh /srv/answer.sh
[Install]
WantedBy=multi-user.target
`;
const ANSWER = `while read -r line && [ "\${#line}" -gt 1 ]; do :; done
printf 'HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: 15\\r\\nConnection: close\\r\\n\\r\\n{"status":"ok"}'
`;

/** The lab has no cron: what crontab(1) does with a table, for root. */
const CRONTAB = `#!/bin/sh
table=/var/spool/cron/crontabs/root
while [ $# -gt 0 ]; do
  case $1 in
    -u) shift ;;
    -l) test -e "$table" || { echo "no crontab for root" >&2; exit 1; }; exec cat "$table" ;;
    -r) exec rm "$table" ;;
    *) mkdir -p \${table%/*} && exec cat "$1" > "$table" ;;
  esac
  shift
done
`;

let hosts: Lab | undefined;
let host: LabHost;
beforeAll(async () => {
  if (!isRoot()) return;
  [hosts, host] = await labOfOne();
  await installProgram(host);
  await prepare();
});
afterAll(() => hosts?.[Symbol.asyncDispose]());

async function prepare(): Promise<void> {
  for (const [path, text] of Object.entries(BESIDE)) await host.write(`${DIRECTORY}/${path}`, text);
  await host.write(`${DIRECTORY}/secrets/tls.key.age`, await forHost("a key of TLS\n"));
  await host.write("/srv/answer.sh", ANSWER);
  await host.write("/usr/local/bin/crontab", CRONTAB, "755");
  await host.write("/etc/systemd/system/answer.service", SERVER);
  await host.write("/etc/systemd/system/app.service", BESIDE["files/app.service"] ?? "");
  await host.shell(`
    cd ${DIRECTORY} && tar -czf files/site.tar.gz -C files site
    mkdir -p /etc/app /srv/www /var/lib/app /var/cache/app && cp files/app.conf /etc/app/
    apt-get update -qq && apt-get install -qq nginx >/dev/null 2>&1
    systemctl daemon-reload && systemctl start app answer
    mkdir -p /srv/packages /opt/jdk/bin && cp /srv/repo/deb/pool/lab-plain_1.0*.deb /srv/packages/app_1.2-1_amd64.deb
    printf '#!/bin/sh\n' > /opt/jdk/bin/java && chmod +x /opt/jdk/bin/java`);
}

/** Encrypted to the host's own key, as its identity needs no more. */
async function forHost(contents: string): Promise<string> {
  const { stdout } = await host.exec(["cat", "/etc/ssh/ssh_host_ed25519_key.pub"]);
  return armor.encode(await encryptTo([readerOf("host", stdout)], Buffer.from(contents)));
}

/** What no host of the lab has: these are checked here, and their modules' own tests run them where there is what they need. */
const NOT_IN_A_LAB: Readonly<Record<string, string>> = {
  "firewall.rule": "its packages have no nft",
  "firewall.policy": "its packages have no nft",
  "firewall.enabled": "its packages have no nft",
  "kernel.module": "its hosts share this machine's kernel, whose modules they do not see",
  "mount.swap": "its hosts are on file systems in layers, which cannot swap",
  "pkg.repository": "its hosts have no way out",
  "storage.filesystem": "its hosts have no disk of their own",
  "system.locale": "its packages have no locales",
};

describe("the worked example of", () => {
  for (const { name, lua } of examples()) {
    const because = NOT_IN_A_LAB[name];
    if (because === undefined) test(`${name} runs, and then finds nothing left to do`, () => runsTwice(lua));
    else test(`${name} passes the check there, as ${because}`, () => passesCheck(lua));
  }

  test("what is not run here is there", () => {
    const names = examples().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(NOT_IN_A_LAB)));
  });
});

async function passesCheck(lua: string): Promise<void> {
  const argv = ["sh", "-c", `cd ${DIRECTORY} && cat > workflow.lua && sloth-runner check workflow.lua`];
  expect(await host.exec(argv, { stdin: lua })).toMatchObject({ exitCode: 0, stderr: "" });
}

const TWICE = "cat > workflow.lua && sloth-runner run workflow.lua && sloth-runner run workflow.lua --output json";

/** Recipes by their headings; what they require is laid beside them. */
const recipes = blocksUnder(readFileSync(resolve(import.meta.dir, "../../docs/cookbook.md"), "utf8"), "### ");

describe("the recipe", () => {
  for (const { heading, blocks } of recipes)
    test(`'${heading}' works, and then finds nothing left to do`, async () => {
      for (const { file, text } of blocks) if (file !== undefined) await host.write(`${DIRECTORY}/${file}`, text);
      for (const { file, text } of blocks) if (file === undefined) await runsTwice(text);
    });
});

async function runsTwice(lua: string): Promise<void> {
  const { exitCode, stdout, stderr } = await host.exec(["sh", "-c", `cd ${DIRECTORY} && ${TWICE}`], { stdin: lua });
  if (exitCode !== 0) throw new Error(stdout + stderr);
  const [done] = stdout.trimEnd().split("\n").slice(-1);
  expect(JSON.parse(done ?? "")).toMatchObject({
    type: "run_done",
    ok: true,
    counts: { created: 0, updated: 0, deleted: 0 },
  });
}
