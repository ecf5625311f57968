/**
 * The server that `server.ts` measures, in a process of its own: prints its port. When its standard
 * input ends it prints the most memory that it had and what it has, in bytes, and ends.
 *
 * @module
 */
import process from "node:process";
import { Server } from "../mod.ts";

const server = new Server();
const { addr } = server.createListeningSock(0, { localAddr: "127.0.0.1" });
console.log(addr.port);
process.stdin.resume();
process.stdin.on("end", () => {
  console.log(process.resourceUsage().maxRSS * 1024, process.memoryUsage().rss);
  process.exit();
});
