/**
 * Scripts for the differential test: what several peers send, in which order.
 *
 * After every step each open connection does an ECHO round trip, and all that came before the echo
 * is written down. So a script says only what is sent; nothing that a server answers can be missed.
 *
 * @module
 */
import type { ServerOptions } from "../../../mod.ts";

/**
 * Something to send: a packet as its type and arguments, or bytes as they are, one character each.
 * `<1>` stands for the first handle that a server handed out, `<2>` for the second, and so on.
 */
export type Part = string | readonly [type: string | number, ...args: string[]];

/** One step of a script. `on` is the name of a connection, which is opened at its first use. */
export type Step =
  /** Sends in one write. */
  | { readonly kind: "send"; readonly on: string; readonly parts: readonly Part[] }
  /** Sends each byte in a write of its own. */
  | { readonly kind: "trickle"; readonly on: string; readonly parts: readonly Part[] }
  /** Sends what is not whole: no echo on this connection before it sends more. */
  | { readonly kind: "fragment"; readonly on: string; readonly parts: readonly Part[] }
  /** Waits until something comes by itself. */
  | { readonly kind: "wait"; readonly on: string }
  /** Hangs up, and waits until the server has noticed. */
  | { readonly kind: "hangUp"; readonly on: string }
  /** Sends no more but goes on reading; what still comes is looked at when the script ends. */
  | { readonly kind: "halfClose"; readonly on: string };

/** What is sent to both servers. */
export interface Script {
  /** The sentence that it proves. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** Options of the C server, beside those it always gets. */
  readonly gearmand?: readonly string[];
  /** The same options for ours. */
  readonly ours?: ServerOptions;
}

/** Sends packets or bytes in one write. */
export function send(on: string, ...parts: Part[]): Step {
  return { kind: "send", on, parts };
}

/** Sends byte by byte. */
export function trickle(on: string, ...parts: Part[]): Step {
  return { kind: "trickle", on, parts };
}

/** Sends bytes that need more to make sense. */
export function fragment(on: string, ...parts: Part[]): Step {
  return { kind: "fragment", on, parts };
}

/** Waits for something that comes by itself. */
export function wait(on: string): Step {
  return { kind: "wait", on };
}

/** Hangs up. */
export function hangUp(on: string): Step {
  return { kind: "hangUp", on };
}

/** Shuts down the sending side. */
export function halfClose(on: string): Step {
  return { kind: "halfClose", on };
}

/** One script from its name and steps. */
export function script(name: string, ...steps: Step[]): Script {
  return { name, steps };
}
