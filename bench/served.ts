/**
 * The server that `server.ts` measures, in a process of its own: prints its port, and ends when its
 * standard input does.
 *
 * @module
 */
import process from "node:process";
import { Server } from "../mod.ts";

const server = new Server();
const { addr } = server.createListeningSock(0, { localAddr: "127.0.0.1" });
console.log(addr.port);
process.stdin.resume();
process.stdin.on("end", () => process.exit());
