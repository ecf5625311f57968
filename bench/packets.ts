import { encodeName, HEADER_SIZE, PacketType } from "../protocol/mod.ts";

const MAGIC_REQUEST = encodeName("\0REQ");

/** A request packet with its arguments, joined by NULs; bytes go last. */
export function request(
  type: keyof typeof PacketType,
  ...args: (string | Uint8Array)[]
): Uint8Array {
  const parts = args.map((arg) => typeof arg === "string" ? encodeName(arg) : arg);
  const bodyLength = parts.reduce((sum, part) => sum + part.length, Math.max(0, parts.length - 1));
  const packet = new Uint8Array(HEADER_SIZE + bodyLength);
  packet.set(MAGIC_REQUEST);
  const numbers = new DataView(packet.buffer);
  numbers.setUint32(4, PacketType[type]);
  numbers.setUint32(8, bodyLength);
  let position = HEADER_SIZE;
  for (const part of parts) {
    packet.set(part, position);
    position += part.length + 1;
  }
  return packet;
}

/** One array of the same bytes. */
export function joined(arrays: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let position = 0;
  for (const array of arrays) {
    bytes.set(array, position);
    position += array.length;
  }
  return bytes;
}

/** The same packet several times over. */
export function repeated(packet: Uint8Array, times: number): Uint8Array {
  return joined(new Array<Uint8Array>(times).fill(packet));
}
