/** Runs one attacker: `attack.ts NAME PORT SECONDS`. */
import process from "node:process";
import { ATTACKERS } from "./attackers.ts";

const [name, port, seconds] = process.argv.slice(2);
await ATTACKERS[name](Number(port), AbortSignal.timeout(1000 * Number(seconds)));
process.exit(0);
