import { ONE, ONE_BARE } from "../support/openpgp-keys.ts";
import type { Case, Cases } from "./case.ts";

const HASH = `$6$salt${process.pid}$n9NFF2pGv5SxK9l8bU1Bc8ZTk9rC3Y0dE0xYQyPZ1lM7dVtZzGZl6pPq5d2yq0J0kqR8m1wWqW3lqfM8h0aBa/`; // of this process alone: processes of other labs are seen too
const APT = "DEBIAN_FRONTEND=noninteractive apt-get -qq -y --allow-downgrades -o Dpkg::Use-Pty=0";
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA ana@laptop";

/** A user with everything stated, and a change by hand to each of it. */
const USER = {
  call: (name: string, uid: number) =>
    `name = "${name}", uid = ${uid}, group = "users", groups = { "audio" }, home = "/home/${name}", comment = "Ana", shell = "/bin/sh", create_home = true, password_hash = SECRET, locked = false, expires = "2030-12-31", authorized_keys = { "${KEY}" }`,
  byHand: (name: string) => ({
    uid: `usermod -u 1777 ${name}`,
    group: `usermod -g games ${name}`,
    groups: `usermod -aG video ${name}`,
    home: `usermod -d /srv ${name}`,
    comment: `usermod -c Other ${name}`,
    shell: `usermod -s /bin/bash ${name}`,
    home_exists: { sh: `rm -r /home/${name}`, drifts: ["authorized_keys", "home_exists"] },
    password: `echo ${name}:other | chpasswd`,
    locked: `usermod -L ${name}`,
    expires: `usermod -e 2031-01-01 ${name}`,
    authorized_keys: `echo '${KEY}2' >> /home/${name}/.ssh/authorized_keys`,
    exists: `userdel ${name}`,
  }),
} as const;

const UNIT = "[Service]\\nExecStart=/bin/sleep 1000\\n[Install]\\nWantedBy=multi-user.target\\n";
const app = (name: string): string =>
  `printf '${UNIT}' > /usr/lib/systemd/system/${name}.service; systemctl daemon-reload`;

/** Changes by hand to each property of a file that is kept with its contents. */
const fileByHand = (path: string): Case["byHand"] => ({
  content: `echo '# by hand' >> ${path}`,
  mode: `chmod 600 ${path}`,
  owner: `chown 65534 ${path}`,
  group: `chgrp 65534 ${path}`,
  type: { sh: `rm ${path}; ln -s nowhere ${path}`, drifts: ["content", "mode", "type"] },
  exists: `rm ${path}`,
});

const FIREWALL = "/etc/nftables-sloth-runner.conf";
const FIREWALL_ON =
  "echo 'firewall.enabled{ backend = \"nftables\" }' > HERE.record/on.lua; sloth-runner run --quiet HERE.record/on.lua --db HERE.record/on.db > HERE.record/on.log";

/** Types that keep packages, users and units: for a host of the lab. */
export const hostCases: Cases = {
  "pkg.install": {
    call: `name = "lab-plain", version = "1.0-1"`,
    byHand: {
      status: "dpkg --unpack /srv/repo/deb/pool/lab-plain_1.0-1_*.deb",
      version: `${APT} install lab-plain=2.0-1`,
      manual: "apt-mark -qq auto lab-plain",
      exists: `${APT} remove lab-plain`,
    },
  },
  "pkg.remove": {
    given: `${APT} update; ${APT} install lab-lib`,
    call: `name = "lab-lib"`,
    byHand: { exists: `${APT} install lab-lib` },
  },
  "pkg.repository": {
    given: "printf '# by hand\\ndeb file:/srv/other lab main\\n' > /etc/apt/sources.list.d/old.list",
    call: `name = "conf", uris = "file:/srv/other", suites = "lab", components = "main", enabled = false, migrate = true, key = { content = [[${ONE}]] }`,
    byHand: {
      types: "sed -i 's/^Types: .*/Types: deb-src/' /etc/apt/sources.list.d/conf.sources",
      uris: "sed -i 's/^URIs: .*/URIs: file:\\/srv\\/else/' /etc/apt/sources.list.d/conf.sources",
      suites: "sed -i 's/^Suites: .*/Suites: old/' /etc/apt/sources.list.d/conf.sources",
      components: "sed -i 's/^Components: .*/Components: main more/' /etc/apt/sources.list.d/conf.sources",
      enabled: "sed -i 's/^Enabled: no/Enabled: yes/' /etc/apt/sources.list.d/conf.sources",
      key: { sh: "echo > /etc/apt/keyrings/conf.asc", drifts: ["key", "key_digest"] },
      key_digest: `echo ${ONE_BARE} | base64 -d > /etc/apt/keyrings/conf.asc`,
      one_line: "echo 'deb file:/srv/other/ lab main' > /etc/apt/sources.list.d/old.list",
      exists: "rm /etc/apt/sources.list.d/conf.sources /etc/apt/keyrings/conf.asc",
    },
    away: "rm -f /etc/apt/sources.list.d/old.list",
  },
  "pkg.pin": {
    call: `name = "conf", packages = { "lab-plain", "lab-lib" }, pin = "version 1.*", priority = 1001`,
    byHand: {
      packages: "sed -i 's/ lab-lib//' /etc/apt/preferences.d/conf.pref",
      pin: "sed -i 's/version 1/version 2/' /etc/apt/preferences.d/conf.pref",
      priority: "sed -i 's/1001/-1/' /etc/apt/preferences.d/conf.pref",
      exists: "rm /etc/apt/preferences.d/conf.pref",
    },
  },
  "pkg.hold": {
    given: `${APT} update; ${APT} install lab-pigeon`,
    call: `name = "lab-pigeon"`,
    byHand: { held: "apt-mark -qq unhold lab-pigeon" },
  },
  "pkg.debconf": {
    given: "echo 'else conf/password password before' | debconf-set-selections",
    call: `package = "conf", question = "conf/password", type = "password", value = SECRET`,
    byHand: {
      value: "echo 'conf conf/password password by hand' | debconf-set-selections",
      asked: "echo 'UNREGISTER conf/password' | DEBIAN_FRONTEND=noninteractive debconf-communicate conf >/dev/null",
    },
    arrived: 'grep -qF "$SECRET" /var/cache/debconf/passwords.dat',
    lasts: "it is sensitive",
    left: "echo 'UNREGISTER conf/password' | DEBIAN_FRONTEND=noninteractive debconf-communicate conf >/dev/null",
  },
  "pkg.alternative": {
    given:
      "mkdir -p /opt/conf; touch /opt/conf/a /opt/conf/b /opt/conf/m /opt/conf/n; chmod +x /opt/conf/*; update-alternatives --quiet --install /usr/bin/conf conf /opt/conf/a 60",
    call: `name = "conf", path = "/opt/conf/b", priority = 40, followers = { { name = "conf.1", link = "/opt/conf.1", path = "/opt/conf/m" } }`,
    byHand: {
      mode: { sh: "update-alternatives --quiet --auto conf", drifts: ["mode", "selected"] },
      selected: "update-alternatives --quiet --set conf /opt/conf/a",
      priority:
        "update-alternatives --quiet --install /usr/bin/conf conf /opt/conf/b 41 --slave /opt/conf.1 conf.1 /opt/conf/m",
      followers:
        "update-alternatives --quiet --install /usr/bin/conf conf /opt/conf/b 40 --slave /opt/conf.1 conf.1 /opt/conf/n",
      exists: {
        sh: "update-alternatives --quiet --remove conf /opt/conf/b",
        drifts: ["followers", "mode", "priority", "selected"],
      },
    },
  },
  "pkg.divert": {
    given: "echo theirs > /etc/conf-diverted",
    call: `path = "/etc/conf-diverted", to = "/etc/conf-diverted.theirs", package = "dpkg"`,
    byHand: {
      to: "dpkg-divert --quiet --rename --remove /etc/conf-diverted; dpkg-divert --quiet --package dpkg --divert /etc/conf-diverted.else --rename --add /etc/conf-diverted",
      package:
        "dpkg-divert --quiet --rename --remove /etc/conf-diverted; dpkg-divert --quiet --local --divert /etc/conf-diverted.theirs --rename --add /etc/conf-diverted",
      exists: "dpkg-divert --quiet --rename --remove /etc/conf-diverted",
    },
  },
  "user.ensure": {
    call: USER.call("ana", 1500),
    byHand: USER.byHand("ana"),
    secret: HASH,
    arrived: 'getent shadow ana | grep -qF "$SECRET"',
    left: "rm -r /home/ana",
    away: "userdel ana || true; rm -rf /home/ana",
  },
  "user.create": {
    call: `name = "bea", shell = "/bin/sh", password_hash = SECRET`,
    byHand: { exists: "userdel bea" },
    secret: HASH,
    arrived: 'getent shadow bea | grep -qF "$SECRET"',
    left: "rm -r /home/bea",
    away: "userdel bea || true; rm -rf /home/bea",
  },
  "user.modify": {
    given: "useradd -m cem",
    call: USER.call("cem", 1600),
    byHand: {
      ...USER.byHand("cem"),
      exists: {
        sh: "getent passwd cem > /tmp/cem; cp -a /etc/passwd /etc/shadow /etc/group /tmp; userdel cem",
        refused: "there is no user 'cem'",
        undo: "cp -a /tmp/passwd /tmp/shadow /tmp/group /etc",
      },
    },
    secret: HASH,
    arrived: 'getent shadow cem | grep -qF "$SECRET"',
    left: "usermod -p '!' cem; rm -r /home/cem/.ssh", // a password is in no record, but was locked again
    away: "userdel -r cem || true; groupdel cem || true",
  },
  "user.delete": {
    given: "useradd -M dan",
    call: `name = "dan"`,
    byHand: { exists: "useradd -M dan" },
  },
  "mount.ensure": {
    given: "printf '# head\\nbroken line\\n' > HERE/fstab",
    call: `path = "HERE/data", src = "tmpfs", fstype = "tmpfs", opts = "nodev,size=1m", pass = 2, fstab = "HERE/fstab"`,
    byHand: {
      src: "sed -i 's/^tmpfs/other/' HERE/fstab",
      fstype: "sed -i 's/ tmpfs nodev/ ramfs nodev/' HERE/fstab",
      opts: "sed -i s/size=1m/size=2m/ HERE/fstab",
      dump: "sed -i 's/0 2$/1 2/' HERE/fstab",
      pass: "sed -i 's/0 2$/0 1/' HERE/fstab",
      in_force: "mount -o remount,dev HERE/data",
      source: "umount HERE/data; mount -t tmpfs -o nodev,size=1m else HERE/data",
      mounted: { sh: "umount HERE/data", drifts: ["in_force", "mounted", "source"] },
      directory: {
        sh: "umount HERE/data; rmdir HERE/data",
        drifts: ["directory", "in_force", "mounted", "source"],
      },
    },
  },
  "mount.swap": {
    given: "printf '# head\n' > HERE/fstab; touch HERE/swap",
    call: `path = "HERE/swap", size = "1M", priority = 5, fstab = "HERE/fstab", state = "present"`,
    byHand: {
      priority: "sed -i s/pri=5/pri=6/ HERE/fstab",
      exists: "sed -i /swap/d HERE/fstab",
    },
    left: "touch HERE/swap",
  },
  "storage.filesystem": {
    given: "truncate -s 8M HERE/disk",
    call: `device = "HERE/disk", type = "ext4", label = "data"`,
    byHand: {
      label: "e2label HERE/disk other",
      type: {
        sh: "mkfs.ext2 -q -F -L data HERE/disk",
        refused: "holds ext2, which stays",
        undo: "wipefs -qa HERE/disk; mkfs.ext4 -q -F -L data HERE/disk",
      },
      exists: "wipefs -qa HERE/disk",
    },
    left: "rm HERE/disk; truncate -s 8M HERE/disk",
  },
  "kernel.module": {
    given: "mkdir -p /etc/modprobe.d /etc/modules-load.d",
    call: `name = "conf-module", boot = true, params = { a = 1, b = "x" }, blacklist = false`,
    byHand: {
      boot: "rm /etc/modules-load.d/conf-module.conf",
      params: "sed -i s/a=1/a=2/ /etc/modprobe.d/conf-module.conf",
      blacklist: "echo blacklist conf_module >> /etc/modprobe.d/conf-module.conf",
    },
  },
  "system.locale": {
    call: `name = "C.UTF-8"`,
    byHand: { lang: "echo LANG=POSIX > /etc/default/locale" },
  },
  "system.hostname": {
    call: `name = "renamed"`,
    byHand: { name: "echo other > /etc/hostname", running: "hostname other" },
  },
  "system.timezone": {
    given:
      "mkdir -p /usr/share/zoneinfo/Etc; for zone in UTC Here; do touch /usr/share/zoneinfo/Etc/$zone; done; echo Etc/UTC > /etc/timezone; ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime",
    call: `name = "Etc/Here"`,
    byHand: {
      zone: "ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime",
      timezone_file: "echo Etc/UTC > /etc/timezone",
    },
  },
  "firewall.enabled": {
    call: 'enabled = true, backend = "nftables"',
    byHand: {
      running: "nft delete table inet sloth_runner",
      boot: "systemctl -q disable sloth-runner-firewall",
    },
  },
  "firewall.rule": {
    given: FIREWALL_ON,
    call: `proto = "tcp", port = 22, from = "10.0.0.0/8", comment = "inside", backend = "nftables"`,
    byHand: {
      action: `sed -i 's/# allow in tcp 22/# deny in tcp 22/; s/accept comment "allow in tcp 22/drop comment "deny in tcp 22/' ${FIREWALL}; nft -f ${FIREWALL}`,
      comment: `sed -i 's/# inside/# outside/' ${FIREWALL}`,
      in_force: "nft flush chain inet sloth_runner input",
      exists: `sed -i '/in tcp 22/d' ${FIREWALL}; nft -f ${FIREWALL}`,
    },
  },
  "firewall.policy": {
    given: FIREWALL_ON,
    call: `incoming = "deny", outgoing = "allow", forward = "reject", backend = "nftables"`,
    byHand: {
      incoming: `sed -i '/hook input/s/policy drop/policy accept/' ${FIREWALL}; nft -f ${FIREWALL}`,
      outgoing: `sed -i '/hook output/s/policy accept/policy drop/' ${FIREWALL}; nft -f ${FIREWALL}`,
      forward: `sed -i '/reject with/d' ${FIREWALL}; nft -f ${FIREWALL}`,
      in_force: "nft chain inet sloth_runner input '{ policy accept; }'",
    },
  },
  "group.create": {
    call: `name = "crew", gid = 2200`,
    byHand: { gid: "groupmod -g 2201 crew", exists: "groupdel crew" },
  },
  "group.delete": {
    given: "groupadd gang",
    call: `name = "gang"`,
    byHand: { exists: "groupadd gang" },
  },
  "systemd.ensure": {
    given: app("ensured"),
    call: `name = "ensured", state = "started", enabled = true, masked = false`,
    byHand: {
      active: "systemctl stop ensured",
      enabled: "systemctl -q disable ensured",
      masked: { sh: "systemctl -q mask ensured", drifts: ["enabled", "masked"] },
    },
  },
  "service.ensure": {
    given: app("ensured-service"),
    call: `name = "ensured-service", state = "started", enabled = true`,
    byHand: { running: "systemctl stop ensured-service", enabled: "systemctl -q disable ensured-service" },
  },
  "service.enable": {
    given: app("service-enabled"),
    call: `name = "service-enabled"`,
    byHand: { enabled: "systemctl -q disable service-enabled" },
  },
  "service.disable": {
    given: `${app("service-disabled")}; systemctl -q enable service-disabled`,
    call: `name = "service-disabled"`,
    byHand: { enabled: "systemctl -q enable service-disabled" },
  },
  "systemd.enable": {
    given: app("enabled"),
    call: `name = "enabled"`,
    byHand: { enabled: "systemctl -q disable enabled" },
  },
  "systemd.disable": {
    given: `${app("disabled")}; systemctl -q enable disabled`,
    call: `name = "disabled"`,
    byHand: { enabled: "systemctl -q enable disabled" },
  },
  "systemd.mask": {
    given: app("unwanted"),
    call: `name = "unwanted"`,
    byHand: { masked: "systemctl -q unmask unwanted" },
  },
  "systemd.unmask": {
    given: "systemctl -q mask wanted", // of which there is no file
    call: `name = "wanted"`,
    byHand: { masked: "systemctl -q mask wanted" },
  },
  "systemd.timer": {
    call: `name = "ticking", command = { "/bin/echo", "50 % of $HOME", 'say "no"' }, on_calendar = "daily", user = "nobody", environment = { A = "b c" }`,
    byHand: {
      service: "echo '# by hand' >> /etc/systemd/system/ticking.service; systemctl daemon-reload",
      timer: "echo '# by hand' >> /etc/systemd/system/ticking.timer; systemctl daemon-reload",
      running: "systemctl stop ticking.timer",
      enabled: "systemctl -q disable ticking.timer",
      exists: "systemctl -q disable --now ticking.timer; rm /etc/systemd/system/ticking.*; systemctl daemon-reload",
    },
  },
  "systemd.unit": {
    call: `name = "made.service", content = "[Service]\\nExecStart=/bin/sleep 1000\\n# " .. SECRET .. "\\n"`,
    byHand: fileByHand("/etc/systemd/system/made.service"),
    arrived: 'grep -qF "$SECRET" /etc/systemd/system/made.service',
    away: "rm -f /etc/systemd/system/made.service; systemctl daemon-reload",
  },
  "systemd.drop_in": {
    given: app("dropped"),
    call: `unit = "dropped", name = "more", content = "[Service]\\nNice=5\\n# " .. SECRET .. "\\n"`,
    byHand: fileByHand("/etc/systemd/system/dropped.service.d/more.conf"),
    arrived: 'grep -qF "$SECRET" /etc/systemd/system/dropped.service.d/more.conf',
    away: "rm -rf /etc/systemd/system/dropped.service.d; systemctl daemon-reload",
  },
  "systemd.tmpfiles": {
    call: `name = "conformance", content = "d /run/conformance 0755 root root -\\n# " .. SECRET .. "\\n"`,
    byHand: fileByHand("/etc/tmpfiles.d/conformance.conf"),
    arrived: 'test -d /run/conformance; grep -qF "$SECRET" /etc/tmpfiles.d/conformance.conf',
    away: "rm -f /etc/tmpfiles.d/conformance.conf",
  },
  "systemd.sysusers": {
    given: "echo 'g conformance -' | systemd-sysusers -",
    call: `name = "conformance", content = "g conformance -\\n# " .. SECRET .. "\\n"`,
    byHand: fileByHand("/etc/sysusers.d/conformance.conf"),
    arrived: 'grep -qF "$SECRET" /etc/sysusers.d/conformance.conf',
    away: "rm -f /etc/sysusers.d/conformance.conf",
  },
};
