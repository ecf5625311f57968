import type { ProtocolError } from "./errors.ts";
import { OutputBuffer } from "./output_buffer.ts";
import { PacketType } from "./packet_types.ts";
import { encodeName } from "./text.ts";

/** Appends an ERROR packet. */
export function writeError(out: OutputBuffer, { code, text }: ProtocolError): void {
  out.packet(PacketType.ERROR, code.length + 1 + text.length);
  out.latin1(code);
  out.byte(0);
  out.latin1(text);
}

/**
 * Appends a request, as clients and workers send it.
 *
 * @param args the NUL-terminated arguments; strings are sent as UTF-8.
 * @param dataLength length in bytes of the data behind them, which the caller appends next; null for a
 * packet without data, whose last argument has no NUL.
 */
export function writeRequest(
  out: OutputBuffer,
  type: number,
  args: readonly (string | Uint8Array)[],
  dataLength: number | null = null,
): void {
  const encoded = args.map((arg) => typeof arg === "string" ? encodeName(arg) : arg);
  const nuls = dataLength === null ? Math.max(0, args.length - 1) : args.length;
  let length = nuls + (dataLength ?? 0);
  for (const { length: size } of encoded) length += size;
  out.requestHeader(type, length);
  for (let index = 0; index < encoded.length; index++) {
    out.bytes(encoded[index]);
    if (index < nuls) out.byte(0);
  }
}

/** The bytes of a request, with its arguments joined by NULs; data is the last of them. */
export function encodeRequest(type: number, ...args: (string | Uint8Array)[]): Uint8Array {
  const out = new OutputBuffer();
  writeRequest(out, type, args);
  return out.takeAll();
}
