import { expect, test } from "bun:test";
import { explain } from "../../src/remote/ssh-failure.ts";

const web1 = { name: "web1", address: "10.0.0.1", groups: [], vars: {} };

/** As OpenSSH 9, sudo 1.9, doas and login shells print them. */
const said = [
  [
    "E_HOST_KEY_CHANGED",
    "@@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n@@@@@\nHost key verification failed.",
  ],
  ["E_HOST_KEY_UNKNOWN", "No ED25519 host key is known for 10.0.0.1.\nHost key verification failed."],
  ["E_HOST_AUTH", "root@10.0.0.1: Permission denied (publickey,password)."],
  ["E_HOST_AUTH", "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures"],
  ["E_HOST_UNKNOWN", "ssh: Could not resolve hostname web1: Name or service not known"],
  ["E_HOST_UNREACHABLE", "ssh: connect to host 10.0.0.1 port 22: Connection refused"],
  ["E_HOST_UNREACHABLE", "ssh: connect to host 10.0.0.1 port 22: No route to host"],
  [
    "E_HOST_UNREACHABLE",
    "kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.1 port 22",
  ],
  ["E_HOST_LOST", "Timeout, server 10.0.0.1 not responding."],
  ["E_HOST_LOST", "Connection to 10.0.0.1 closed by remote host."],
  ["E_HOST_SUDO", "sudo: a password is required"],
  ["E_HOST_SUDO", "deploy is not in the sudoers file."],
  ["E_HOST_SUDO", "doas: Operation not permitted"],
  ["E_HOST_SUDO", "env: 'sudo': No such file or directory"],
  ["E_HOST_SUDO", "sudo: sorry, you must have a tty to run sudo"],
  ["E_HOST_SUDO", "sudo: unknown user: nobody-at-all"],
  ["E_HOST_SUDO", "su: user nobody-at-all does not exist or the user entry does not contain all the required fields"],
  ["E_HOST_SSH", "Bad port '99999'"],
  ["E_HOST_SSH", "/root/.ssh/config: line 3: Bad configuration option: frobnicate"],
  ["E_HOST_SHELL", "This account is currently not available."],
  ["E_HOST_SHELL", ""],
] as const;

for (const [code, complaint] of said) {
  test(`${code}: ${complaint.split("\n")[0]}`, () => {
    const error = explain(web1, complaint, 255, false);
    expect(error.code).toBe(code);
    expect(error.message).toStartWith("web1: ");
    expect(error.hint).toBeTruthy();
    expect(error.hint).not.toContain("HOST");
  });
}

test("the old key of a host is forgotten under the name that ssh knows it by", () => {
  const changed = "@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n@@@\n";
  const forget = (host: object, more = "") => explain({ ...web1, ...host }, changed + more, 255, false).hint;
  expect(forget({ address: "10.0.0.1", user: "deploy" })).toEndWith("ssh-keygen -R 10.0.0.1");
  expect(forget({ address: "10.0.0.1", port: 2222 })).toEndWith("ssh-keygen -R '[10.0.0.1]:2222'");
  expect(forget({}, '  ssh-keygen -f "/root/.ssh/known_hosts" -R "[web]:2222"\n')).toEndWith(
    'ssh-keygen -f "/root/.ssh/known_hosts" -R "[web]:2222"',
  );
});

test("a host that hangs is told with the flag that waits longer", () => {
  const error = explain(web1, "", 143, true);
  expect(error).toMatchObject({ code: "E_HOST_TIMEOUT", message: "web1: did not answer in time" });
  expect(error.hint).toContain("--handshake-timeout");
});
