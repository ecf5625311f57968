/** Bytes of a packet header: magic, type, length of the body. */
export const HEADER_SIZE = 12;

/** Third and fourth letters after the NUL tell a request from a response: `EQ`, `ES`. */
export const MAGIC_REQUEST: number = 0x00524551;
/** The same of a response. */
export const MAGIC_RESPONSE: number = 0x00524553;

/** Big-endian unsigned 32-bit number at `position`. */
export function readUint32(bytes: Uint8Array, position: number): number {
  return ((bytes[position] << 24) | (bytes[position + 1] << 16) | (bytes[position + 2] << 8) |
    bytes[position + 3]) >>> 0;
}

/** How long the packet is whose header begins at `position`, with the header. */
export function packetLength(bytes: Uint8Array, position: number): number {
  return HEADER_SIZE + readUint32(bytes, position + 8);
}
