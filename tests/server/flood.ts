/**
 * A peer that sends as fast as it can what it gets on its standard input, again and again, and reads
 * what it is sent: in a process of its own, as whoever sends keeps its event loop busy. It connects to
 * the port, or the path, that its argument says.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { connect } from "node:net";
import process from "node:process";

const [where] = process.argv.slice(2);
const port = Number(where);
const socket = port > 0 ? connect(port, "127.0.0.1") : connect(where);
socket.on("error", () => process.exit());
socket.on("close", () => process.exit());
socket.resume();

const chunks: Buffer[] = [];
process.stdin.on("data", (chunk: Buffer) => chunks.push(chunk));
process.stdin.on("end", () => {
  const bytes = Buffer.concat(chunks);
  const send = () => socket.write(bytes, send);
  send();
});
