import type { HostEntry } from "../engine/hosts.ts";
import { openPipe } from "../system/processes/pipe.ts";
import { LineFirst } from "./lines.ts";
import { sshArgv, type SshOptions } from "./ssh-argv.ts";
import { explain } from "./ssh-failure.ts";

/** The directories of bootstrap.sh; nothing else of ours is ever on a host. */
const SCRIPT = `main() {
  printf '\\n'
  uid=$(id -u)
  for dir in "$HOME/.cache/sloth-runner" "/var/tmp/sloth-runner-$uid" "/tmp/sloth-runner-$uid" "/run/user/$uid/sloth-runner" "/dev/shm/sloth-runner-$uid"; do
    [ -d "$dir" ] && [ -O "$dir" ] && [ ! -L "$dir" ] || continue
    for file in "$dir"/sloth-runner-* "$dir"/.part-* "$dir"/.try-*; do
      [ -f "$file" ] && rm -f "$file" && printf 'sloth-removed %s\\n' "$file"
    done
    rmdir "$dir" 2>/dev/null
  done
  printf 'sloth-clean\\n'
}
main
exit 0
`;

/** Removes every build of ours from a host; answers their paths there. */
export async function cleanHost(entry: HostEntry, options: SshOptions): Promise<readonly string[]> {
  const pipe = openPipe(sshArgv(entry, options));
  const lines = new LineFirst(pipe.incoming);
  const removed: string[] = [];
  await pipe.write(new TextEncoder().encode(SCRIPT)).catch(() => {}); // ssh ended: it says why below
  for (let line = await lines.line(); line !== "sloth-clean"; line = await lines.line()) {
    if (line === undefined) throw explain(entry, pipe.complaint(), await pipe.exited, false);
    if (line.startsWith("sloth-removed ")) removed.push(line.slice(14));
  }
  pipe.end();
  await pipe.exited;
  return removed;
}
