/**
 * A server for the test of what happens when no descriptor is free: in a process of its own, which
 * may open few files. Says where it listens and what it reports, a line each.
 *
 * @module
 */
import process from "node:process";
import { transport } from "../../transport/choose.ts";
import { settings, TestHandler } from "./handlers.ts";

const given = settings({ report: (message, event) => console.log(`report ${event}: ${message}`) });
const listener = transport.listen(
  { hostname: "127.0.0.1", port: 0 },
  given,
  (link) => new TestHandler(link),
);
console.log(`port ${listener.addr.port}`);
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
