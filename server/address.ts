import { addressText } from "../transport/socket_errors.ts";
import { nameOfMachine } from "../transport/machine.ts";
import type { Listeners } from "./listeners.ts";

/** All addresses of a machine. */
const ANY = ["0.0.0.0", "::"];

/** Where clients reach a server, for people: where it listens first; empty if nowhere. */
export function addressOf(listeners: Listeners): string {
  const [first] = listeners.all();
  if (first === undefined) return "";
  const { hostname, port } = first.addr;
  return addressText(ANY.includes(hostname) ? { hostname: nameOfMachine(), port } : first.addr);
}
