import { BOOT_ID_LENGTH, type RouterOptions } from "../router/mod.ts";
import { ROUTER_OPTIONS, type RouterSettings } from "../router/options.ts";
import { defaultHandlePrefix, processId } from "../transport/machine.ts";
import type { MemoryLimits } from "./memory_limits.ts";
import type { ServerOptions } from "./options.ts";

/** What the router is told of the server's options, and of the process it runs in. */
export function optionsOfRouter(
  options: ServerOptions,
  memory: MemoryLimits,
  parts: Pick<RouterOptions, "log" | "version" | "onShutdown">,
): Partial<RouterOptions> {
  const all = { ...options, ...memory, ...handleParts(options) };
  const names = Object.keys(ROUTER_OPTIONS) as (keyof RouterSettings)[];
  return {
    ...parts,
    ...Object.fromEntries(names.map((name) => [name, all[name]])),
    bootId: all.bootId,
    maxAbilities: memory.maxAbilities,
    maxSharing: memory.maxSharing,
    hashKey: [...crypto.getRandomValues(new Uint32Array(2))] as [number, number],
    pid: processId(),
  };
}

/** Those of the store, whose jobs have them for life; else new ones. */
function handleParts(
  { store, jobHandlePrefix }: ServerOptions,
): { jobHandlePrefix: string; bootId: string } {
  if (store === undefined) {
    return { jobHandlePrefix: jobHandlePrefix ?? defaultHandlePrefix(), bootId: newBootId() };
  }
  const { handleBase } = store;
  const end = handleBase.lastIndexOf(":");
  return { jobHandlePrefix: handleBase.slice(0, end), bootId: handleBase.slice(end + 1) };
}

/** What the last server of this process began with. */
let lastStart = 0;

/** Digits that no earlier start of a server on this machine had in the last three years. */
function newBootId(): string {
  lastStart = Math.max(Date.now(), lastStart + 1);
  // For a clock that was set back.
  const [random] = crypto.getRandomValues(new Uint8Array(1));
  return `${lastStart}${random % 10}`.slice(-BOOT_ID_LENGTH);
}
