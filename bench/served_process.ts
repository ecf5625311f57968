import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SERVED = fileURLToPath(new URL("served.ts", import.meta.url));
const DENO = ["run", "--no-config", "--no-prompt", "--allow-net", "--allow-sys=hostname"];

/** A server in a process of its own, on the runtime at hand, that listens on 127.0.0.1. */
export interface Served {
  readonly port: number;
  /** Stops it; resolves with the most memory that it had, and what it had at the end, in bytes. */
  stop(): Promise<readonly [peak: number, last: number]>;
}

/** Starts a server, and resolves when it listens. */
export async function startServer(): Promise<Served> {
  const args = [...(process.versions.deno === undefined ? [] : DENO), SERVED];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await lines.next();
  if (value === undefined) throw new Error("The server has not started");
  const stop = async (): Promise<readonly [number, number]> => {
    child.stdin.end();
    const { value = "" } = await lines.next();
    const [peak, last] = value.split(" ").map(Number);
    return [peak, last];
  };
  return { port: Number(value), stop };
}
