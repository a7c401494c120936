import type { ModuleDefinition } from "../engine/resource.ts";
import { assert } from "./assert/index.ts";
import { cron } from "./cron/index.ts";
import { crypto } from "./crypto/index.ts";
import { exec } from "./exec/index.ts";
import { facts } from "./facts/index.ts";
import { fileOps } from "./file_ops/index.ts";
import { firewall } from "./firewall/index.ts";
import { fs } from "./fs/index.ts";
import { group } from "./group/index.ts";
import { http } from "./http/index.ts";
import { json } from "./json/index.ts";
import { kernel } from "./kernel/index.ts";
import { limits } from "./limits/index.ts";
import { log } from "./log/index.ts";
import { mount } from "./mount/index.ts";
import { pkg } from "./pkg/index.ts";
import { secret } from "./secret/index.ts";
import { service } from "./service/index.ts";
import { ssh } from "./ssh/index.ts";
import { stack } from "./stack/index.ts";
import { state } from "./state/index.ts";
import { storage } from "./storage/index.ts";
import { sudo } from "./sudo/index.ts";
import { system } from "./system/index.ts";
import { systemd } from "./systemd/index.ts";
import { toml } from "./toml/index.ts";
import { user } from "./user/index.ts";
import { yaml } from "./yaml/index.ts";

/** Every module Lua has, save workflow, task and goroutine, which belong to the Lua machine itself. */
export const modules: readonly ModuleDefinition[] = [
  assert,
  cron,
  crypto,
  exec,
  facts,
  fileOps,
  firewall,
  fs,
  group,
  http,
  json,
  kernel,
  limits,
  log,
  mount,
  pkg,
  secret,
  service,
  ssh,
  stack,
  state,
  storage,
  sudo,
  system,
  systemd,
  toml,
  user,
  yaml,
];
