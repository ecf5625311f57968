import { decodeName } from "../../protocol/mod.ts";
import { peerAddress, type PeerFacts } from "../model/peer.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A unit is used from twice its length on, so that little is lost by rounding. */
const UNITS: readonly (readonly [number, string])[] = [
  [DAY, "days"],
  [HOUR, "h"],
  [MINUTE, "min"],
  [SECOND, "s"],
];

/** A time span in the unit that fits: `250 ms`, `90 s`, `12 min`. */
export function duration(milliseconds: number): string {
  const [length, unit] = UNITS.find(([length]) => milliseconds >= 2 * length) ?? [1, "ms"];
  return `${Math.round(milliseconds / length)} ${unit}`;
}

/** The time of day in UTC of a time in milliseconds since the Unix epoch: `14:03:05 UTC`. */
export function timeOfDay(epoch: number): string {
  const seconds = Math.floor(epoch / SECOND) % 86_400;
  const parts = [seconds / 3600, seconds / 60 % 60, seconds % 60];
  return `${parts.map((part) => String(Math.floor(part)).padStart(2, "0")).join(":")} UTC`;
}

/** `1 job waits`, `3 jobs wait`: a number with the words for one and for several. */
export function some(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** A name as it stands in a sentence. */
export function quoted(name: Uint8Array): string {
  return `"${decodeName(name)}"`;
}

/** A peer as it stands in a sentence: `"resizer" at 10.0.0.7:51234`. */
export function peerWords(peer: PeerFacts): string {
  const { id, address, clientId } = peer;
  const place = address === null ? "an address that is not known any more" : peerAddress(address);
  const name = decodeName(clientId);
  return name === "-" || name === "" ? `connection ${id} at ${place}` : `"${name}" at ${place}`;
}

/** What a diagnosis has of a peer among its numbers. */
export function peerNumbers({ id, address, clientId }: PeerFacts): Record<string, string | number> {
  return {
    connection: id,
    clientId: decodeName(clientId),
    address: address === null ? "" : peerAddress(address),
  };
}
