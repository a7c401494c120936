import { expect, test } from "bun:test";
import { readInventory } from "../../src/run/inventory.ts";
import { HostList } from "../../src/engine/hosts.ts";

const texts = {
  "hosts.yaml": `
    vars: { env: prod, region: eu }
    groups:
      web: [web1, web2]
      db: { hosts: [db1], vars: { env: dbprod } }
    hosts:
      web1: { address: 10.0.0.1, vars: { region: us } }
      db1: { port: 2222 }`,
  "hosts.toml": `
    vars = { env = "prod", region = "eu" }
    groups = { web = ["web1", "web2"], db = { hosts = ["db1"], vars = { env = "dbprod" } } }
    [hosts.web1]
    address = "10.0.0.1"
    vars = { region = "us" }
    [hosts.db1]
    port = 2222`,
  "hosts.json": JSON.stringify({
    vars: { env: "prod", region: "eu" },
    groups: { web: ["web1", "web2"], db: { hosts: ["db1"], vars: { env: "dbprod" } } },
    hosts: { web1: { address: "10.0.0.1", vars: { region: "us" } }, db1: { port: 2222 } },
  }),
} as const;

async function read(file: string, text: string): Promise<HostList> {
  const hosts = new HostList();
  await readInventory(file, new TextEncoder().encode(text), hosts);
  return hosts;
}

for (const [file, text] of Object.entries(texts)) {
  test(`${file}: a host's own values go before its groups', and those before everybody's`, async () => {
    const hosts = await read(file, text);
    expect(hosts.group("web")).toEqual(["web1", "web2"]);
    expect(hosts.find("web1")).toMatchObject({ address: "10.0.0.1", vars: { env: "prod", region: "us" } });
    expect(hosts.find("web2").vars).toEqual({ env: "prod", region: "eu" });
    expect(hosts.find("db1")).toMatchObject({ port: 2222, groups: ["db"], vars: { env: "dbprod", region: "eu" } });
  });
}

const mistakes = [
  ["an unknown field", "host: {}", "unknown field 'host'"],
  ["a host that is no table", "hosts: { web1: 10.0.0.1 }", "host 'web1' must be a table"],
  ["a field of a host", "hosts: { web1: { adress: x } }", "adress"],
  ["a value of a host", 'hosts: { web1: { port: "22422" } }', "host 'web1': 'port'"],
  ["a name that leads elsewhere", "hosts: { ../../x: {} }", "'../../x' cannot be the name of a host"],
  ["a group of numbers", "groups: { web: [1] }", "group 'web' must be a list of hosts"],
] as const;
for (const [what, text, said] of mistakes) {
  test(`${what} is refused with the file's name`, () => {
    const reading = read("hosts.yaml", text);
    return expect(reading).rejects.toThrow(new RegExp(`hosts\\.yaml: .*${said}`));
  });
}
