import type { ModuleDefinition } from "../../engine/resource.ts";
import { alternative } from "./alternative.ts";
import { debconf } from "./debconf.ts";
import { divert } from "./divert.ts";
import { hold } from "./hold.ts";
import { install } from "./install.ts";
import { isInstalled } from "./is-installed.ts";
import { manager } from "./manager.ts";
import { file } from "./_package-file.ts";
import { pin } from "./pin.ts";
import { remove } from "./remove.ts";
import { repository } from "./repository.ts";
import { update } from "./update.ts";
import { upgrade } from "./upgrade.ts";
import { version } from "./version.ts";

export const pkg: ModuleDefinition = {
  name: "pkg",
  summary: "Packages of the system's own package manager: apt, dnf, zypper, pacman or apk.",
  functions: [
    install,
    remove,
    repository,
    pin,
    hold,
    debconf,
    alternative,
    divert,
    update,
    upgrade,
    isInstalled,
    version,
    file,
    manager,
  ],
};
