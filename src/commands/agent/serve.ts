import { build } from "../../base/build.ts";
import { modules } from "../../modules/registry.ts";
import { runAgent } from "../../remote/agent.ts";
import { MAGIC } from "../../remote/protocol/frames.ts";
import { openHost } from "../../system/host.ts";
import { assumeOwnLogin, openAtWork } from "../../system/own-login.ts";
import { standardWire } from "../../system/processes/standard-wire.ts";
import { command } from "../../cli/command.ts";

export default command({
  summary: "Be the far end of a controller; started by it over ssh.",
  example: "sloth-runner agent serve",
  hidden: true,
  args: {},

  async run(_values, { stdout }) {
    const user = assumeOwnLogin();
    const atWork = openAtWork();
    stdout.write(MAGIC);
    await stdout.drain();
    await runAgent(standardWire(), {
      version: build.version,
      modules,
      user,
      begin: (stack) => atWork.begin(stack),
      open: ({ mode, host, key }) => openHost({ mode, name: host, key, onStart: (child) => atWork.note(child) }),
    });
  },
});
