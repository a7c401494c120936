import { connect } from "node:net";
import { argv, stdin, stdout } from "node:process";

/*
 * As ssh's ProxyCommand: bytes from and to HOST:PORT, each way MS milliseconds late, in order and as many at once as come. For machines
 * whose kernel cannot delay packets.
 */
const [host = "", port = "22", ms = "0"] = argv.slice(2);
const socket = connect(Number(port), host);
socket.setNoDelay(true);
relay(stdin, socket);
relay(socket, stdout);

function relay(from: NodeJS.ReadableStream, to: NodeJS.WritableStream): void {
  const later = (act: () => void): void => void setTimeout(act, Number(ms));
  from.on("data", (bytes: Buffer) => later(() => to.write(bytes)));
  from.on("end", () => later(() => to.end()));
  from.on("error", () => later(() => to.end()));
}
