import type { ReadSystem } from "../../../system/system.ts";
import type { Manager } from "../_manager.ts";
import { managerOf } from "../_managers.ts";
import { apkForm } from "./apk-form.ts";
import { aptForm } from "./apt-form.ts";
import type { Form } from "./form.ts";
import { pacmanForm } from "./pacman-form.ts";
import { rpmForm, YUM_SOURCES, ZYPP_SOURCES } from "./rpm-form.ts";

const forms: { readonly [manager in Manager["name"]]: Form } = {
  apt: aptForm,
  dnf: rpmForm(YUM_SOURCES),
  zypper: rpmForm(ZYPP_SOURCES),
  pacman: pacmanForm,
  apk: apkForm,
};

export async function formOn(target: ReadSystem): Promise<Form & { readonly manager: Manager["name"] }> {
  const { name } = await managerOf(target);
  return { ...forms[name], manager: name };
}
