import { bunTransport, copyByBuffer } from "./bun.ts";
import { denoTransport } from "./deno.ts";
import { nodeTransport } from "./node.ts";
import type { Transport } from "./transport.ts";

/**
 * The sockets of the runtime that this module was loaded by. Nothing else asks which it is. All are
 * imported, and none awaited: Node's `require()` takes no module that awaits.
 */
export const transport: Transport = "Deno" in globalThis
  ? denoTransport
  : "Bun" in globalThis
  ? bunTransport
  : nodeTransport;

if (transport === bunTransport) copyByBuffer();
