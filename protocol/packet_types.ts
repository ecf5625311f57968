/**
 * The one table of the binary protocol: every packet type with its number, its arguments and who
 * may send it. Decoder, encoder, dispatch and documentation all read this table.
 *
 * The layouts are those of the C server 2.x, which differ from the published protocol text in one
 * place: SUBMIT_REDUCE_JOB carries four NUL-terminated arguments, the fourth unused.
 *
 * @module
 */

/** Numbers of the packet types (bytes 4..7 of the header, big endian). */
export const PacketType = {
  CAN_DO: 1,
  CANT_DO: 2,
  RESET_ABILITIES: 3,
  PRE_SLEEP: 4,
  UNUSED: 5,
  NOOP: 6,
  SUBMIT_JOB: 7,
  JOB_CREATED: 8,
  GRAB_JOB: 9,
  NO_JOB: 10,
  JOB_ASSIGN: 11,
  WORK_STATUS: 12,
  WORK_COMPLETE: 13,
  WORK_FAIL: 14,
  GET_STATUS: 15,
  ECHO_REQ: 16,
  ECHO_RES: 17,
  SUBMIT_JOB_BG: 18,
  ERROR: 19,
  STATUS_RES: 20,
  SUBMIT_JOB_HIGH: 21,
  SET_CLIENT_ID: 22,
  CAN_DO_TIMEOUT: 23,
  ALL_YOURS: 24,
  WORK_EXCEPTION: 25,
  OPTION_REQ: 26,
  OPTION_RES: 27,
  WORK_DATA: 28,
  WORK_WARNING: 29,
  GRAB_JOB_UNIQ: 30,
  JOB_ASSIGN_UNIQ: 31,
  SUBMIT_JOB_HIGH_BG: 32,
  SUBMIT_JOB_LOW: 33,
  SUBMIT_JOB_LOW_BG: 34,
  SUBMIT_JOB_SCHED: 35,
  SUBMIT_JOB_EPOCH: 36,
  SUBMIT_REDUCE_JOB: 37,
  SUBMIT_REDUCE_JOB_BACKGROUND: 38,
  GRAB_JOB_ALL: 39,
  JOB_ASSIGN_ALL: 40,
  GET_STATUS_UNIQUE: 41,
  STATUS_RES_UNIQUE: 42,
} as const;

/** Name of a packet type, for example `"SUBMIT_JOB"`. */
export type PacketName = keyof typeof PacketType;

/** Number of a packet type. */
export type PacketNumber = typeof PacketType[PacketName];

/** The highest packet type number there is. */
export const MAX_PACKET_TYPE = 42;

/**
 * Who sends a packet of this type: `peer` a client or worker, `server` this server, `both` either
 * (the server relays it), `nobody` a number the protocol reserves.
 */
export type PacketSender = "peer" | "server" | "both" | "nobody";

/** What the table knows of one packet type. */
export interface PacketInfo {
  /** The number of the type. */
  readonly type: PacketNumber;
  /** The name of the type. */
  readonly name: PacketName;
  /** Who may send it. */
  readonly sender: PacketSender;
  /** Names of the arguments, in order; without `data` the last one runs to the end of the packet. */
  readonly args: readonly string[];
  /** Does opaque data follow the NUL of the last argument? */
  readonly data: boolean;
  /** How many NULs the body must hold at least. */
  readonly nuls: number;
}

type Layout = readonly [name: PacketName, sender: PacketSender, args: string, data?: "data"];

const SUBMIT = "function unique";

/** Name, sender, argument names, and whether data follows: one line a type, in order of numbers. */
const LAYOUTS: readonly Layout[] = [
  ["CAN_DO", "peer", "function"],
  ["CANT_DO", "peer", "function"],
  ["RESET_ABILITIES", "peer", ""],
  ["PRE_SLEEP", "peer", ""],
  ["UNUSED", "nobody", ""],
  ["NOOP", "server", ""],
  ["SUBMIT_JOB", "peer", SUBMIT, "data"],
  ["JOB_CREATED", "server", "handle"],
  ["GRAB_JOB", "peer", ""],
  ["NO_JOB", "server", ""],
  ["JOB_ASSIGN", "server", "handle function", "data"],
  ["WORK_STATUS", "both", "handle numerator denominator"],
  ["WORK_COMPLETE", "both", "handle", "data"],
  ["WORK_FAIL", "both", "handle"],
  ["GET_STATUS", "peer", "handle"],
  ["ECHO_REQ", "peer", "", "data"],
  ["ECHO_RES", "server", "", "data"],
  ["SUBMIT_JOB_BG", "peer", SUBMIT, "data"],
  ["ERROR", "server", "code text"],
  ["STATUS_RES", "server", "handle known running numerator denominator"],
  ["SUBMIT_JOB_HIGH", "peer", SUBMIT, "data"],
  ["SET_CLIENT_ID", "peer", "id"],
  ["CAN_DO_TIMEOUT", "peer", "function timeout"],
  ["ALL_YOURS", "nobody", ""],
  ["WORK_EXCEPTION", "both", "handle", "data"],
  ["OPTION_REQ", "peer", "option"],
  ["OPTION_RES", "server", "option"],
  ["WORK_DATA", "both", "handle", "data"],
  ["WORK_WARNING", "both", "handle", "data"],
  ["GRAB_JOB_UNIQ", "peer", ""],
  ["JOB_ASSIGN_UNIQ", "server", "handle function unique", "data"],
  ["SUBMIT_JOB_HIGH_BG", "peer", SUBMIT, "data"],
  ["SUBMIT_JOB_LOW", "peer", SUBMIT, "data"],
  ["SUBMIT_JOB_LOW_BG", "peer", SUBMIT, "data"],
  ["SUBMIT_JOB_SCHED", "peer", "function unique minute hour day month weekday", "data"],
  ["SUBMIT_JOB_EPOCH", "peer", "function unique epoch", "data"],
  ["SUBMIT_REDUCE_JOB", "peer", "function unique reducer unused", "data"],
  ["SUBMIT_REDUCE_JOB_BACKGROUND", "peer", "function unique reducer unused", "data"],
  ["GRAB_JOB_ALL", "peer", ""],
  ["JOB_ASSIGN_ALL", "server", "handle function unique reducer", "data"],
  ["GET_STATUS_UNIQUE", "peer", "unique"],
  ["STATUS_RES_UNIQUE", "server", "unique known running numerator denominator clients"],
];

function packetInfo([name, sender, argNames, data]: Layout): PacketInfo {
  const args = argNames === "" ? [] : argNames.split(" ");
  const nuls = data ? args.length : Math.max(0, args.length - 1);
  return { type: PacketType[name], name, sender, args, data: data !== undefined, nuls };
}

/** The table: `PACKETS[type]` for the types 1..42; index 0 is `undefined`. */
export const PACKETS: readonly (PacketInfo | undefined)[] = [undefined, ...LAYOUTS.map(packetInfo)];

/** Bytes of a packet header: magic, type, length of the body. */
export const HEADER_SIZE = 12;

/** Third and fourth letters after the NUL tell a request from a response: `EQ`, `ES`. */
export const MAGIC_REQUEST: number = 0x00524551;
/** The letters of a response, as a number. */
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
