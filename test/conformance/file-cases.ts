import type { Cases } from "./case.ts";

const FILE = {
  content: "echo other > HERE/f",
  mode: "chmod 600 HERE/f",
  owner: "chown 65534 HERE/f",
  group: "chgrp 65534 HERE/f",
  exists: "rm HERE/f",
} as const;

/** All but the last digit of the data of a public key. */
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIzlnSq5ESxLgW0avvPk3j7zLV59hcAPkxrMNdnZMKP";

/** What a file was replaced by says nothing of what was asked of a file. */
const REPLACED = { sh: "rm HERE/f; ln -s nowhere HERE/f", drifts: ["content", "mode", "type"] } as const;

/** Types that keep files; any machine will do, as root. `url` answers a body of `body` to whoever has the header `x-token: SECRET`. */
export const fileCases = (url: string, sha256: string): Cases => ({
  "ssh.authorized_key": {
    given: `printf '# head\\n${KEY}2 other\\n' > HERE/keys`,
    call: `user = "root", key = "${KEY}1 ana@laptop", options = { "no-pty", 'from="10.0.0.0/8"' }, path = "HERE/keys"`,
    byHand: {
      options: "sed -i 's/^no-pty,from.* ssh/ssh/' HERE/keys",
      comment: "sed -i 's/ana@laptop/eve/' HERE/keys",
      file: { sh: "chmod 664 HERE/keys" },
      exists: "sed -i /ana@laptop/d HERE/keys",
    },
  },
  "ssh.known_host": {
    given: `echo '# head' > HERE/known`,
    call: `name = "web", port = 2222, key = "${KEY}1", hash = false, path = "HERE/known"`,
    byHand: {
      fingerprint: `sed -i 's#^.web.*#[web]:2222 ${KEY}3#' HERE/known`,
      hashed: "ssh-keygen -q -H -f HERE/known; rm HERE/known.old",
      exists: "sed -i /web/d HERE/known",
    },
  },
  "ssh.keypair": {
    call: `path = "HERE/id", comment = "deploy", passphrase = SECRET`,
    byHand: {
      comment: "sed -i 's/deploy/other/' HERE/id.pub",
      mode: "chmod 644 HERE/id",
      public_key: { sh: "rm HERE/id.pub", drifts: ["comment", "public_key"] },
      encrypted: {
        sh: 'cp -p HERE/id HERE.record/id; ssh-keygen -q -p -P "$SECRET" -N "" -f HERE/id',
        refused: "has no passphrase; force = true",
        undo: "cp -p HERE.record/id HERE/id",
      },
      type: {
        sh: "cp -p HERE/id HERE/id.pub HERE.record; rm HERE/id*; ssh-keygen -q -t ecdsa -b 256 -C deploy -N xxxxx -f HERE/id",
        refused: "has type ecdsa, not ed25519",
        undo: "cp -p HERE.record/id HERE.record/id.pub HERE",
      },
    },
    arrived: 'ssh-keygen -q -y -P "$SECRET" -f HERE/id > HERE.record/opened',
  },
  "limits.entry": {
    given: "printf '# head\\n@ops soft core 1\\n' > HERE/limits",
    call: `domain = "@ops", type = "hard", item = "nofile", value = 4096, comment = "ours", file = "HERE/limits"`,
    byHand: {
      value: "sed -i s/4096/1/ HERE/limits",
      comment: "sed -i s/ours/theirs/ HERE/limits",
      exists: "sed -i /nofile/d HERE/limits",
    },
  },
  "system.hosts_entry": {
    given: "printf '127.0.0.1 localhost\\n10.0.0.1 old # kept\\n' > HERE/hosts",
    call: `ip = "10.0.0.2", names = { "db", "db.example.org" }, file = "HERE/hosts"`,
    byHand: {
      ip: "sed -i s/0.2/0.3/ HERE/hosts",
      names: "sed -i 's/ db.example.org//' HERE/hosts",
      exists: "sed -i /db/d HERE/hosts",
    },
  },
  "kernel.sysctl": {
    given: "printf '# head\\nkernel.panic = 1\\n' > HERE/s.conf",
    call: `name = "vm.swappiness", value = 10, file = "HERE/s.conf", apply = false`,
    byHand: { value: "sed -i s/=10/=11/ HERE/s.conf" },
  },
  "sudo.rule": {
    call: `name = "deploy", user = "ana", commands = { "/usr/bin/true" }, path = "HERE"`,
    byHand: {
      content: "echo '# x' >> HERE/deploy",
      mode: "chmod 600 HERE/deploy",
      owner: "chown 65534 HERE/deploy",
      group: "chgrp 65534 HERE/deploy",
      exists: "rm HERE/deploy",
      type: { sh: "rm HERE/deploy; ln -s nowhere HERE/deploy", drifts: ["content", "mode", "type"] },
    },
  },
  "cron.job": {
    given: "printf 'A=1\\n* * * * * root true\\n' > HERE/jobs",
    call: `name = "backup", file = "HERE/jobs", user = "daemon", minute = "*/5", hour = 3, job = "echo " .. SECRET`,
    byHand: {
      schedule: "sed -i 's/^.*5 3/1 3/' HERE/jobs",
      job: "sed -i 's/echo .*/true/' HERE/jobs",
      user: "sed -i 's/daemon/root/' HERE/jobs",
      disabled: "sed -i 's/^.*5 3/#&/' HERE/jobs",
      named: "sed -i /Ansible/d HERE/jobs",
      exists: "sed -i '/Ansible/,$d' HERE/jobs",
    },
    arrived: 'grep -qF "$SECRET" HERE/jobs',
  },
  "cron.env": {
    given: "echo '* * * * * root true' > HERE/jobs",
    call: `name = "MAILTO", value = SECRET, file = "HERE/jobs"`,
    byHand: { value: "sed -i 's/MAILTO=.*/MAILTO=x/' HERE/jobs", exists: "sed -i /MAILTO/d HERE/jobs" },
    arrived: 'grep -qF "$SECRET" HERE/jobs',
  },
  "file_ops.copy": {
    call: `content = "a " .. SECRET .. "\\n", dest = "HERE/f", mode = "0640", owner = "root", group = "root"`,
    byHand: { ...FILE, type: REPLACED },
    arrived: 'grep -qF "$SECRET" HERE/f',
  },
  "file_ops.template": {
    call: `content = "{{ word }}\\n", dest = "HERE/f", vars = { word = SECRET }, mode = "0640", owner = "root", group = "root"`,
    byHand: { ...FILE, type: REPLACED },
    arrived: 'grep -qF "$SECRET" HERE/f',
  },
  "fs.write": {
    call: `path = "HERE/f", content = SECRET, mode = "0640", owner = "root", group = "root"`,
    byHand: {
      ...FILE,
      type: {
        sh: "rm HERE/f; mkdir -m 640 HERE/f",
        drifts: ["content", "type"],
        refused: "is a directory",
        undo: "rmdir HERE/f; printf %s $SECRET > HERE/f; chmod 640 HERE/f",
      },
    },
    arrived: 'grep -qF "$SECRET" HERE/f',
  },
  "file_ops.fetch": {
    given: 'echo "$SECRET" > HERE/source',
    call: `src = "HERE/source", dest = "HERE/f"`,
    byHand: {
      content: FILE.content,
      exists: FILE.exists,
      type: {
        sh: "rm HERE/f; mkdir HERE/f",
        drifts: ["content", "type"],
        refused: "is a directory",
        undo: "rmdir HERE/f; cp HERE/source HERE/f",
      },
    },
    arrived: 'grep -qF "$SECRET" HERE/f',
    onlySensitive: true,
  },
  "file_ops.download": {
    call: `url = "${url}", dest = "HERE/f", sha256 = "${sha256}", headers = { ["x-token"] = SECRET }, mode = "0640", owner = "root", group = "root"`,
    byHand: {
      ...FILE,
      type: { ...REPLACED, refused: "is a link that leads to none", undo: "rm HERE/f" },
    },
    arrived: "test -f HERE/f",
  },
  "file_ops.lineinfile": {
    given: "printf 'a=1\\nb=2\\nc=3\\n' > HERE/f",
    call: `path = "HERE/f", line = "d=" .. SECRET, regexp = "^d=", mode = "0640", owner = "root", group = "root"`,
    byHand: {
      line: "sed -i 's/^d=.*/d=by hand/' HERE/f",
      mode: FILE.mode,
      owner: FILE.owner,
      group: FILE.group,
      exists: "sed -i /^d=/d HERE/f",
    },
    arrived: 'grep -qF "$SECRET" HERE/f',
  },
  "file_ops.blockinfile": {
    given: "printf 'a=1\\n' > HERE/f",
    call: `path = "HERE/f", block = "one\\n" .. SECRET, mode = "0640", owner = "root", group = "root"`,
    byHand: {
      block: "sed -i s/^one/two/ HERE/f",
      mode: FILE.mode,
      owner: FILE.owner,
      group: FILE.group,
      exists: "sed -i '/BEGIN/,/END/d' HERE/f",
    },
    arrived: 'grep -qF "$SECRET" HERE/f',
  },
  "file_ops.replace": {
    given: "printf 'old\\nolder\\n' > HERE/f",
    call: `path = "HERE/f", regexp = "^old", replacement = SECRET, mode = "0640", owner = "root", group = "root"`,
    byHand: {
      unreplaced: 'sed -i "1s/.*/old/" HERE/f',
      mode: FILE.mode,
      owner: FILE.owner,
      group: FILE.group,
    },
    arrived: 'grep -qF "$SECRET" HERE/f',
  },
  "file_ops.directory": {
    given: "mkdir -p HERE/f/below; touch HERE/f/file; chmod -R 755 HERE/f",
    call: `path = "HERE/f", mode = "0755", owner = "65534", group = "65534", recurse = true`,
    byHand: {
      mode: "chmod 700 HERE/f",
      owner: "chown 0 HERE/f",
      group: "chgrp 0 HERE/f",
      differing: "chmod 600 HERE/f/file",
      type: {
        sh: "mv HERE/f HERE/g; touch HERE/f; chown 65534:65534 HERE/f; chmod 755 HERE/f",
        drifts: ["differing", "type"],
        refused: "is a file",
        undo: "rm HERE/f; mv HERE/g HERE/f",
      },
    },
  },
  "file_ops.attributes": {
    given: "mkdir HERE/f; touch HERE/f/file; chmod -R 700 HERE/f",
    call: `path = "HERE/f", mode = "0750", owner = "65534", group = "65534", recurse = true`,
    byHand: {
      mode: "chmod 700 HERE/f",
      owner: "chown 0 HERE/f",
      group: "chgrp 0 HERE/f",
      differing: "chown 0 HERE/f/file",
      exists: { sh: "mv HERE/f HERE/g", refused: "does not exist", undo: "mv HERE/g HERE/f" },
    },
  },
  "file_ops.symlink": {
    given: "touch HERE/source HERE/other",
    call: `src = "source", dest = "HERE/f", force = true`,
    byHand: {
      target: "ln -sf other HERE/f",
      type: { sh: "rm HERE/f; touch HERE/f", drifts: ["target", "type"] },
      exists: "rm HERE/f",
    },
  },
  "file_ops.hardlink": {
    given: "echo text > HERE/source",
    call: `src = "HERE/source", dest = "HERE/f", force = true`,
    byHand: {
      hardlink_of: "rm HERE/f; cp HERE/source HERE/f",
      type: {
        sh: "rm HERE/f; mkdir HERE/f",
        drifts: ["hardlink_of", "type"],
        refused: "is another directory",
        undo: "rmdir HERE/f; ln HERE/source HERE/f",
      },
      exists: "rm HERE/f",
    },
  },
  "file_ops.touch": {
    call: `path = "HERE/f", mtime = "2026-01-31T12:00:00Z", mode = "0640", owner = "root", group = "root"`,
    byHand: {
      mode: FILE.mode,
      owner: FILE.owner,
      group: FILE.group,
      mtime: "touch HERE/f",
      type: {
        sh: "rm HERE/f; mkdir -m 640 HERE/f; touch -d 2026-01-31T12:00:00Z HERE/f",
        undo: "rmdir HERE/f; touch -d 2026-01-31T12:00:00Z HERE/f; chmod 640 HERE/f",
      },
      exists: FILE.exists,
    },
  },
  "file_ops.remove": {
    given: "mkdir HERE/f; touch HERE/f/file",
    call: `path = "HERE/f"`,
    byHand: { exists: "ln -s nowhere HERE/f" },
    lasts: "what was in the directory is not kept",
    left: "rmdir HERE/f",
  },
  "file_ops.unarchive": {
    given: 'cd HERE; mkdir in; echo "$SECRET" > in/one; echo 2 > in/two; tar -czf in.tar.gz in; rm -r in; mkdir out',
    call: `src = "HERE/in.tar.gz", dest = "HERE/out"`,
    byHand: {
      differing: "echo other > HERE/out/in/two",
      exists: "rm -r HERE/out/in",
    },
    arrived: 'grep -qF "$SECRET" HERE/out/in/one',
    onlySensitive: true,
  },
});
