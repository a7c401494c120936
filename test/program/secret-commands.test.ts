import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, type Ran } from "../support/binary.ts";
import { needs } from "../support/needs.ts";
import { inTerminal } from "../support/terminal.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { hasAge, hasSsh, output } from "../secrets/_keys.ts";

const withTools = needs(hasAge && hasSsh, "age and ssh-keygen");

/** A repository, and homes of people beside it; `as` runs a command for one of them there. */
function repository() {
  const dir = temporaryDirectory();
  const repo = join(dir, "repo");
  mkdirSync(repo);
  const home = (who: string): string => join(dir, who);
  const as = (who: string, words: string, stdin = "", env: Readonly<Record<string, string>> = {}): Ran => {
    mkdirSync(home(who), { recursive: true });
    return runWords(words.split(" "), repo, home(who), stdin, env);
  };
  const read = (name: string): string => readFileSync(join(repo, name), "utf8");
  const write = (name: string, text: string): void => writeFileSync(join(repo, name), text);
  return { dir, repo, home, as, read, write };
}

function runWords(
  words: readonly string[],
  cwd: string,
  home: string,
  stdin = "",
  env: Readonly<Record<string, string>> = {},
): Ran {
  const { exitCode, stdout, stderr } = Bun.spawnSync([BINARY, ...words], {
    cwd,
    stdin: Buffer.from(stdin),
    env: { PATH: process.env["PATH"] ?? "", HOME: home, SLOTH_RUNNER_DB: join(home, "db"), ...env },
  });
  return { code: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** Ana has begun, with a value and a whole file. */
function begun() {
  const there = repository();
  const { as, write } = there;
  expect(as("ana", "secret init --name ana")).toMatchObject({ code: 0 });
  write("p.yaml", "# of production\nport: 80\ndb:\n  host: h # the old one\n");
  expect(as("ana", "secret set p.yaml db.password", "hunter2\n")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(as("ana", "secret set tls.key.age", "a\0key\n")).toMatchObject({ code: 0 });
  return there;
}

const recipientOf = (identity: string): string => /public key: (\S+)/.exec(readFileSync(identity, "utf8"))?.[1] ?? "";

test("set and show: one line is added, and every other stays as it is", () => {
  const { as, read, home } = begun();
  expect(read("p.yaml")).toMatch(
    /^# of production\nport: 80\ndb:\n {2}host: h # the old one\n {2}password: age:\S+\n$/,
  );
  expect(as("ana", "secret show p.yaml db.password")).toEqual({ code: 0, stdout: "hunter2\n", stderr: "" });
  expect(as("ana", "secret show tls.key.age").stdout).toBe("a\0key\n");
  const before = read("p.yaml");
  as("ana", "secret set p.yaml db.password", "hunter3");
  expect(as("ana", "secret show p.yaml db.password").stdout).toBe("hunter3\n");
  const lines = (text: string): string[] => text.split("\n");
  expect(lines(read("p.yaml")).filter((line, at) => line !== lines(before)[at])).toHaveLength(1);
  expect(readFileSync(join(home("ana"), ".sloth-runner/identity"), "utf8")).toContain("AGE-SECRET-KEY-1");
});

test("what is asked for wrong is refused, and nothing is changed", () => {
  const { as, read } = begun();
  const before = read("p.yaml");
  const said: readonly (readonly [words: string, stdin: string, code: number, why: string])[] = [
    ["secret set p.yaml db.password", "", 64, "nothing was given"],
    ["secret set p.yaml db.password hunter2", "x", 64, "hunter2"],
    ["secret set p.yaml", "x", 64, "KEY is missing"],
    ["secret set p.yaml db..x", "x", 64, "'db..x' cannot name a value"],
    ["secret set p.yaml port.x", "x", 65, "p.yaml: port is no table"],
    ["secret set /nowhere/p.yaml x", "x", 1, ".sloth-recipients"],
    ["secret show p.yaml db.passwort", "", 1, "did you mean 'db.password'?"],
    ["secret show p.yaml", "", 1, "say which"],
    ["secret init", "", 1, "is there already"],
    ["secret rekey --remove eva", "", 1, "names no eva; it names ana"],
    ["secret rekey --remove ana", "", 1, "without ana nobody could read"],
    ["secret rekey --add bob", "", 65, ".sloth-recipients:3: is not a name and a key"],
  ];
  for (const [words, stdin, code, why] of said)
    expect({ words, ...as("ana", words, stdin) }).toMatchObject({
      code,
      stdout: "",
      stderr: expect.stringContaining(why),
    });
  expect(as("bob", "secret show p.yaml db.password").stderr).toContain("there is no identity to open it with");
  expect(read("p.yaml")).toBe(before);
});

withTools("two people and a host read; one is removed, and can no longer", () => {
  const { as, read, write, home, dir, repo } = begun();
  const hostKey = join(dir, "ssh_host_ed25519_key");
  output(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey]);
  mkdirSync(join(home("bob"), ".ssh"), { recursive: true });
  output(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", join(home("bob"), ".ssh/id_rsa")]);
  const added = as("ana", `secret rekey --output json`, "");
  expect(JSON.parse(added.stdout)).toMatchObject({ files: [], unchanged: 2 });
  write(
    ".sloth-recipients",
    `${read(".sloth-recipients")}bob ${readFileSync(join(home("bob"), ".ssh/id_rsa.pub"), "utf8")}`,
  );
  expect(as("ana", "secret check")).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("p.yaml: db.password: is not for bob"),
  });
  write(".sloth-recipients", `${read(".sloth-recipients")}web1 ${readFileSync(`${hostKey}.pub`, "utf8")}`);
  expect(as("ana", "secret rekey")).toMatchObject({
    code: 0,
    stdout: "p.yaml: 1 secret encrypted anew\ntls.key.age: 1 secret encrypted anew\n",
  });
  expect(as("eva", "secret check")).toMatchObject({ code: 0, stdout: "2 secrets in 2 files: no faults found\n" });
  for (const who of ["ana", "bob"]) expect(as(who, "secret show p.yaml db.password").stdout).toBe("hunter2\n");
  const asHost = `secret show p.yaml db.password --identity ${hostKey}`;
  expect(as("host", asHost).stdout).toBe("hunter2\n");
  expect(output(["age", "-d", "-i", hostKey, join(repo, "tls.key.age")]).toString()).toBe("a\0key\n");

  const removed = as("ana", "secret rekey --remove bob");
  expect(removed.stdout).toContain(
    "bob could read, so that these must be changed:\n  p.yaml: db.password\n  tls.key.age\n",
  );
  expect(read(".sloth-recipients")).not.toContain("bob");
  expect(as("bob", "secret show p.yaml db.password").stderr).toContain("none of your identities opens it");
  expect(as("bob", "secret show tls.key.age")).toMatchObject({ code: 1, stdout: "" });
  expect(as("ana", "secret show p.yaml db.password").stdout).toBe("hunter2\n");
  expect(as("host", asHost).stdout).toBe("hunter2\n");
  expect(as("ana", "secret rekey").stdout).toBe("2 secrets are as they should be\n");
  expect(as("bob", "secret rekey").stdout).toBe("2 secrets are as they should be\n");
});

test("rekey: nothing is written where something cannot be opened", () => {
  const { as, read, write, home, repo } = begun();
  mkdirSync(home("bob"));
  as("bob", "secret init ../bob --name bob");
  write("p.yaml", `${read("p.yaml")}broken: age:YWdl${"A".repeat(80)}\n`);
  const before = [read("p.yaml"), read(".sloth-recipients"), read("tls.key.age")];
  write("bob.pub", recipientOf(join(home("bob"), ".sloth-runner/identity")));
  const failed = runWords(["secret", "rekey", "--add", "bob bob.pub"], repo, home("ana"));
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("p.yaml: broken is damaged") });
  expect([read("p.yaml"), read(".sloth-recipients"), read("tls.key.age")]).toEqual(before);
});

describe("check", () => {
  test("finds what is in clear though its key says that it is secret, a damaged one, and one that was moved", () => {
    const { as, read, write } = begun();
    write(".sloth-secret-keys", "# keys\n*token\ndb.*.pin\n");
    write(
      "q.json",
      `{"app": {"API_Token": "in the clear", "x": 1}, "db": {"a": {"pin": 4711}, "pin": 1, "token": ""}}`,
    );
    write("template.yaml", "{% if x %}\ntoken: {{ y }}\n{% endif %}\n");
    const moved = /age:\S+/.exec(read("p.yaml"))?.[0] ?? "";
    write("r.toml", `other = "${moved}"\ncut = "${moved.slice(0, 200)}"\n`);
    const { code, stdout } = as("ana", "secret check --open");
    expect(code).toBe(1);
    expect(stdout.split("\n").sort()).toEqual(
      [
        "",
        "4 secrets in 3 files: 4 found",
        "q.json: app.API_Token: is in clear, and .sloth-secret-keys says that *token is secret",
        "q.json: db.a.pin: is in clear, and .sloth-secret-keys says that db.*.pin is secret",
        "r.toml: cut: is damaged: it was cut or changed",
        "r.toml: other: belongs to db.password",
      ].sort(),
    );
    expect(JSON.parse(as("ana", "secret check --output json").stdout)).toMatchObject({ files: 3, secrets: 4 });
  });

  test("a file of values is one whatever it is called, and a text about secrets is none", () => {
    const { as, read, write } = begun();
    expect(as("ana", "secret set prod.vals app.key", "x")).toMatchObject({ code: 0 });
    write(
      "README.md",
      `# Secrets\n\n- they look like this: \`${/age:\S+/.exec(read("prod.vals"))?.[0] ?? ""}\`\n\n\tand: so [on\n`,
    );
    expect(as("ana", "secret check").stdout).toBe("3 secrets in 3 files: no faults found\n");
    expect(as("ana", "secret rekey --add").code).toBe(64);
    write(".sloth-recipients", read(".sloth-recipients").replace("ana", "ada"));
    expect(as("ana", "secret rekey").stdout).toBe("3 secrets are as they should be\n");
  });

  test("of a directory with readers of its own only those count", () => {
    const { as, repo, write } = begun();
    mkdirSync(join(repo, "deep"));
    expect(as("bob", "secret init deep --name bob")).toMatchObject({ code: 0 });
    expect(as("bob", "secret set deep/v.yaml k", "x").code).toBe(0);
    write("deep/.gitkeep", "");
    expect(as("ana", "secret check").stdout).toBe("2 secrets in 2 files: no faults found\n");
    expect(as("ana", "secret check deep").stdout).toBe("1 secret in 1 file: no faults found\n");
    expect(as("ana", "secret recipients deep").stdout).toMatch(/^bob +age1/m);
  });
});

describe("edit", () => {
  const editor = (dir: string, script: string): Record<string, string> => {
    const file = join(dir, "editor");
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return { EDITOR: file };
  };

  test("shows what it holds, and encrypts what became another one; what did not keeps its text", () => {
    const { as, read, dir } = begun();
    as("ana", "secret set p.yaml app.token", "t0ken");
    const before = read("p.yaml");
    const script = `cat "$1" > ${dir}/seen; stat -Lc '%a %h' "$1" > ${dir}/mode; text=$(sed -e 's/hunter2/hunter3/' -e 's/port: 80/port: 81/' "$1"); printf '%s\\n  new: secret:fresh\\n' "$text" > "$1"`;
    expect(as("ana", "secret edit p.yaml", "", editor(dir, script)).stdout).toBe("p.yaml: 2 secrets are other ones\n");
    expect(readFileSync(join(dir, "seen"), "utf8")).toBe(
      before.replace(/age:\S+(?=\napp)/, '"secret:hunter2"').replace(/age:\S+/, '"secret:t0ken"'),
    );
    expect(readFileSync(join(dir, "mode"), "utf8")).toBe("600 0\n");
    expect(read("p.yaml")).toContain("port: 81");
    expect(/token: (\S+)/.exec(read("p.yaml"))?.[1]).toBe(/token: (\S+)/.exec(before)?.[1]);
    for (const [key, value] of [
      ["db.password", "hunter3"],
      ["app.token", "t0ken"],
      ["app.new", "fresh"],
    ])
      expect(as("ana", `secret show p.yaml ${key}`).stdout).toBe(`${value}\n`);
    expect(as("ana", "secret edit p.yaml", "", editor(dir, "true")).stdout).toBe("p.yaml: unchanged\n");
  });

  test("a whole file", () => {
    const { as, dir } = begun();
    expect(as("ana", "secret edit tls.key.age", "", editor(dir, `echo more >> "$1"`)).stdout).toContain(
      "1 secret is another one",
    );
    expect(as("ana", "secret show tls.key.age").stdout).toBe("a\0key\nmore\n");
  });

  test("an editor that fails, and a text that cannot be read, change nothing", () => {
    const { as, dir, read } = begun();
    const before = read("p.yaml");
    expect(as("ana", "secret edit p.yaml", "", editor(dir, `echo x: y > "$1"; exit 3`)).stderr).toContain(
      "ended with 3; nothing was changed",
    );
    expect(as("ana", "secret edit p.yaml", "", editor(dir, `echo 'x: [' > "$1"`)).stderr).toContain(
      "is not YAML that can be read",
    );
    expect(as("ana", "secret edit p.yaml", "", { EDITOR: "none-such" }).stderr).toContain("none-such is not there");
    expect(read("p.yaml")).toBe(before);
  });

  needs(process.geteuid?.() === 0 && Bun.which("setpriv") !== null, "root and setpriv")(
    "by a user who is not root",
    () => {
      const { as, repo, home, dir } = begun();
      const edit = editor(dir, `text=$(sed s/hunter2/hunter3/ "$1"); printf '%s\\n' "$text" > "$1"`);
      output(["chown", "-R", "65534", dir]);
      const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
      const environment = ["env", "-C", repo, `HOME=${home("ana")}`, `EDITOR=${edit["EDITOR"] ?? ""}`];
      const said = output([...user, ...environment, BINARY, "secret", "edit", "p.yaml"]).toString();
      expect(said).toBe("p.yaml: 1 secret is another one\n");
      expect(as("ana", "secret show p.yaml db.password").stdout).toBe("hunter3\n");
    },
  );

  test("killed meanwhile, it leaves no clear text", async () => {
    const { dir, repo, home } = begun();
    const { EDITOR = "" } = editor(dir, `echo here; kill -9 $PPID; sleep 0.1; cat "$1"`);
    const { code } = await inTerminal(["env", "-C", repo, BINARY, "secret", "edit", "p.yaml"], [], {
      HOME: home("ana"),
      EDITOR,
    });
    expect(code).not.toBe(0);
    for (const place of ["/dev/shm", repo, dir])
      for (const name of readdirSync(place, { withFileTypes: true }).filter((entry) => entry.isFile()))
        expect(readFileSync(join(place, name.name), "latin1")).not.toContain("hunter2");
  });
});

test("diff: git shows which secrets are other ones, and not that they were encrypted anew", () => {
  const { as, repo, read, home } = begun();
  const git = (...words: string[]): string =>
    Bun.spawnSync(["git", ...words], {
      cwd: repo,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: home("ana"),
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a@b",
        GIT_COMMITTER_NAME: "a",
        GIT_COMMITTER_EMAIL: "a@b",
      },
    }).stdout.toString();
  git("init", "-q");
  writeFileSync(join(repo, ".gitattributes"), "*.yaml diff=sloth\n*.age diff=sloth\n");
  git("config", "diff.sloth.textconv", `${BINARY} secret diff`);
  git("add", "-A");
  git("commit", "-qm", "x");
  as("ana", "secret set p.yaml db.password", "hunter2");
  expect(git("diff")).not.toMatch(/^[+-] /m);
  as("ana", "secret set p.yaml db.password", "hunter3");
  const told = git("diff");
  expect(told).toMatch(/^- {2}password: \(secret [0-9a-f]{12}\)$/m);
  expect(told).toMatch(/^\+ {2}password: \(secret [0-9a-f]{12}\)$/m);
  expect(told).not.toContain("hunter");
  expect(as("ana", "secret diff p.yaml --clear").stdout).toBe(read("p.yaml").replace(/age:\S+/, "hunter3"));
  expect(as("bob", "secret diff p.yaml").stdout).toContain("password: (secret, there is no identity to open it with)");
});

withTools("init takes the key that one has already, and a machine's own", () => {
  const { as, home, read, dir } = repository();
  mkdirSync(join(home("ana"), ".ssh"), { recursive: true });
  output([
    "ssh-keygen",
    "-q",
    "-t",
    "ed25519",
    "-N",
    "",
    "-C",
    "ana@laptop",
    "-f",
    join(home("ana"), ".ssh/id_ed25519"),
  ]);
  expect(as("ana", "secret init --name ana").stdout).toContain("ana may read with ssh-ed25519 AAAA");
  expect(existsSync(join(home("ana"), ".sloth-runner"))).toBe(false);
  expect(read(".sloth-recipients")).toMatch(/^ana ssh-ed25519 \S+$/m);
  mkdirSync(join(dir, "other"));
  const key = join(home("ana"), ".ssh/id_ed25519.pub");
  expect(as("ana", `secret init ../other --name web1 --key ${key}`).stdout).toContain("web1 may read");
});

test("on a terminal the value is asked for, unseen", async () => {
  const { home, repo, as } = begun();
  const argv = ["env", "-C", repo, BINARY, "secret", "set", "p.yaml", "db.password"];
  const { code, text } = await inTerminal(
    argv,
    { until: "Value of db.password: ", typed: "typed by hand\r" },
    { HOME: home("ana") },
  );
  expect({ code, text }).toMatchObject({ code: 0 });
  expect(text).not.toContain("typed by hand");
  expect(as("ana", "secret show p.yaml db.password").stdout).toBe("typed by hand\n");
});
