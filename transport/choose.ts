import type { Transport } from "./transport.ts";

/** The sockets of the runtime that this module was loaded by. Nothing else asks which it is. */
export const transport: Transport = "Deno" in globalThis
  ? (await import("./deno.ts")).denoTransport
  : "Bun" in globalThis
  ? (await import("./bun.ts")).bunTransport
  : (await import("./node.ts")).nodeTransport;
