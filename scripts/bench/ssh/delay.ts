import { argv, stdout } from "node:process";

/*
 * As ssh's ProxyCommand: bytes from and to HOST:PORT, each way MS milliseconds late, in order and as many at once as come. For machines
 * whose kernel cannot delay packets.
 */
const [hostname = "", port = "22", ms = "0"] = argv.slice(2);

/** Hands things on after the delay. */
function later(act: () => void): void {
  setTimeout(act, Number(ms));
}

const socket = await Bun.connect({
  hostname,
  port: Number(port),
  socket: {
    data: (_socket, bytes) => {
      const copy = Uint8Array.from(bytes);
      later(() => stdout.write(copy));
    },
    close: () => later(() => stdout.end()),
  },
});
for await (const bytes of Bun.stdin.stream()) later(() => socket.write(bytes));
later(() => socket.end());
