import { expect, test } from "bun:test";
import { outside, reachOf } from "../../../src/system/plan/reach.ts";

const path = (name: string) => ({ kind: "path", name }) as const;

test.each<readonly [kind: string, name: string, facts: unknown, touched: readonly string[], not: readonly string[]]>([
  [
    "package",
    "nginx",
    {},
    ["/etc/nginx/x", "/usr/bin/nginx", "/var/lib/x"],
    ["/home/ana/x", "/tmp/x", "/usr/local/x", "/x"],
  ],
  ["user", "ana", { home: "/srv/ana" }, ["/srv/ana", "/srv/ana/.ssh"], ["/srv/ben", "/home/ana", "/etc/x"]],
  ["user", "ana", {}, ["/home/ana/x"], ["/home/anabel"]],
  ["unit", "nginx.service", {}, ["/run/nginx.sock", "/var/lib/x"], ["/etc/x", "/home/x"]],
  ["mount", "/data", {}, ["/data", "/data/x"], ["/database"]],
  ["file", "/etc/x", {}, ["/etc/x/y"], ["/etc/y"]],
  ["line", "/etc/x: ^a", {}, ["/etc/x"], ["/etc/xy", "/etc"]],
  ["hostname", "hostname", {}, [], ["/etc/x"]],
  ["whatever", "x", {}, ["/home/x", "/etc/x"], []],
])("%s %s", (kind, name, facts, touched, not) => {
  const reaches = reachOf(kind, name, facts);
  expect(touched.filter((one) => !reaches(path(one)))).toEqual([]);
  expect(not.filter((one) => reaches(path(one)))).toEqual([]);
});

test("a package may bring any unit and account; a user is one account, and its group", () => {
  expect(reachOf("package", "x", {})({ kind: "unit", name: "y.service" })).toBe(true);
  expect(reachOf("user", "ana", {})({ kind: "user", name: "ana" })).toBe(true);
  expect(reachOf("user", "ana", {})({ kind: "user", name: "ben" })).toBe(false);
});

test("nothing below the workflow's own directory is a package's", () => {
  const reaches = outside("/srv/workflows", reachOf("package", "x", {}));
  expect(reaches(path("/srv/workflows/files/x"))).toBe(false);
  expect(reaches(path("/srv/other"))).toBe(true);
});

test.each(["/", "/etc", "/usr", "/var"])("a workflow in %s keeps no package out of what is below", (own) => {
  expect(outside(own, reachOf("package", "nginx", {}))(path("/etc/nginx"))).toBe(true);
});
