import { describe, expect, test } from "bun:test";
import { hostEntry } from "../../src/engine/host-schema.ts";
import { HostList, recordedHost } from "../../src/engine/hosts.ts";

function listed(): HostList {
  const hosts = new HostList();
  hosts.add(hostEntry("web1", { address: "10.0.0.1", groups: ["web"] }));
  hosts.add(hostEntry("web2", { groups: ["web", "new"] }));
  hosts.add(hostEntry("db1", { groups: ["db"], port: 2222 }));
  return hosts;
}

describe("hosts of a run", () => {
  test("groups and names are selected in the order asked for, each host once", () => {
    expect(listed().select(["db", "web", "web1", "elsewhere"])).toEqual(["db1", "web1", "web2", "elsewhere"]);
  });

  test("a group nobody is in names the closest", () => {
    expect(() => listed().group("wbe")).toThrow(expect.objectContaining({ hint: "did you mean 'web'?" }));
  });

  test("a host by its address needs no entry", () => {
    expect(listed().find("ssh://root@10.0.0.9:2200")).toMatchObject({ address: "10.0.0.9", user: "root", port: 2200 });
    expect(listed().find("ssh://[::1]")).toMatchObject({ address: "::1" });
    expect(listed().find("bastion")).toMatchObject({ name: "bastion" });
  });

  test("a name that ssh would take for a flag, or a shell for more words, is refused", () => {
    const names = [
      "-oProxyCommand=x",
      "a b",
      "",
      "a\nb",
      "$(x)",
      "`x`",
      "a;b",
      "a'b",
      "..",
      "../../etc",
      "/etc",
      "a//b",
    ];
    for (const name of [...names, "ssh://-oProxyCommand=x", "ssh://a/b/c", "ssh://..", "ssh://-l@a", "ssh://a:99999"])
      expect(() => listed().find(name)).toThrow();
    for (const name of names) expect(() => hostEntry(name, {})).toThrow();
    const addresses = ["-oProxyCommand=x", "a b", "", "a\nb", "$(x)", "`x`", "a;b", "a'b"];
    for (const address of addresses) expect(() => hostEntry("a", { address })).toThrow();
    for (const user of [...addresses, "a@b"]) expect(() => hostEntry("a", { user })).toThrow();
    for (const address of ["10.0.0.1", "fe80::1%eth0", "web-1.example.org", "böse.example"])
      expect(hostEntry("dc1/a", { address })).toMatchObject({ address });
  });

  test("sudo is true, or who to become and how", () => {
    expect(hostEntry("a", { sudo: true }).become).toEqual({ user: "root", method: "sudo" });
    expect(hostEntry("a", { sudo: { user: "www", method: "su" } }).become).toEqual({ user: "www", method: "su" });
    expect(hostEntry("a", { sudo: false }).become).toBeUndefined();
    expect(() => hostEntry("a", { sudo: { user: "a; rm" } })).toThrow();
  });

  test("what the record keeps of a host reaches it again", () => {
    const entry = hostEntry("a", { address: "b", user: "u", port: 1, identity_file: "/k", sudo: { method: "doas" } });
    expect(hostEntry("a", recordedHost(entry))).toEqual(entry);
  });
});
