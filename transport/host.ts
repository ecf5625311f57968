import { hostname } from "node:os";
import process from "node:process";
import { MAX_HANDLE_PREFIX_LENGTH } from "../router/mod.ts";

/** The part of Deno that tells whether the name may be asked for without a prompt. */
interface DenoPermissions {
  permissions: { querySync(descriptor: { name: "sys"; kind: "hostname" }): { state: string } };
}

/** `H:<name of this machine>`, as handles begin; `H:localhost` where the name may not be read. */
export function defaultHandlePrefix(): string {
  const name = mayReadName() ? hostname() : "localhost";
  return `H:${name.replace(/[^0-9A-Za-z.-]/g, "-")}`.slice(0, MAX_HANDLE_PREFIX_LENGTH);
}

/** Process id of this server. */
export function processId(): number {
  return process.pid;
}

function mayReadName(): boolean {
  const { Deno } = globalThis as { Deno?: DenoPermissions };
  const query = { name: "sys", kind: "hostname" } as const;
  return Deno === undefined || Deno.permissions.querySync(query).state === "granted";
}
