import {
  decodeName,
  type PacketInfo,
  type PacketName,
  PACKETS,
  type PacketView,
} from "../protocol/mod.ts";

/** A packet from a server. Nothing in it is shared with the connection. */
export interface ReceivedPacket {
  readonly name: PacketName;
  /** The arguments, as the table of the protocol lists them. */
  readonly args: readonly string[];
  /** What follows them; empty for a type without data. */
  readonly data: Uint8Array;
  /** Of JOB_ASSIGN_UNIQ: the unique as it came, which may be no text. */
  readonly uniqueBytes?: Uint8Array;
}

/** Where it stands in JOB_ASSIGN_UNIQ. */
const UNIQUE = 2;
const NO_DATA = new Uint8Array(0);

/** The packet of a view, or null when it lacks arguments. */
export function receivedPacket(view: PacketView): ReceivedPacket | null {
  const info = PACKETS[view.type]!;
  if (!view.split(info) && !splitLeniently(view, info)) return null;
  const { bytes } = view;
  // gearmand tells of a failure after an exception with one NUL too many.
  if (info.args.length === 1 && !info.data) {
    const text = decodeName(bytes.subarray(view.start, view.endOfText()));
    return { name: info.name, args: [text], data: NO_DATA };
  }
  const args = info.args.map((_, index) =>
    decodeName(bytes.subarray(view.argumentStart(index), view.argumentEnd(index)))
  );
  const { name } = info;
  const data = info.data ? dataOf(view) : NO_DATA;
  if (name !== "JOB_ASSIGN_UNIQ") return { name, args, data };
  const uniqueBytes = bytes.slice(view.argumentStart(UNIQUE), view.argumentEnd(UNIQUE));
  return { name, args, data, uniqueBytes };
}

/** Servers relay what workers send, and Perl's leave out the NUL before an empty result. */
function splitLeniently(view: PacketView, info: PacketInfo): boolean {
  if (info.name === "WORK_STATUS") return view.splitWithoutLast(info);
  if (info.nuls !== 1 || !info.data) return false;
  view.wholeBodyIsFirstArgument();
  return true;
}

/** A copy, unless the data is most of a chunk that nobody else will touch. */
function dataOf(view: PacketView): Uint8Array {
  const { bytes, dataStart, end } = view;
  const isMostOfChunk = 2 * (end - dataStart) > bytes.length;
  return view.stable && isMostOfChunk
    ? bytes.subarray(dataStart, end)
    : bytes.slice(dataStart, end);
}
