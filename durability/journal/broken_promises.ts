import { encodeName, ERRORS, HEADER_SIZE, OutputBuffer, PacketType } from "../../protocol/mod.ts";
import type { Batch, Promised } from "./batch.ts";

/**
 * Makes an ERROR of each JOB_CREATED, in its place: clients count their answers.
 *
 * @param pending batches whose promises may lie behind those that are broken.
 * @param handleLength of all handles.
 */
export function breakPromises(
  broken: readonly Promised[],
  pending: readonly Batch[],
  handleLength: number,
): void {
  const bytes = errorPacket();
  const length = HEADER_SIZE + handleLength;
  for (const [connection, promises] of Map.groupBy(broken, ({ connection }) => connection)) {
    if (connection.isClosed) continue;
    connection.out.rewrite(promises.map(({ position }) => ({ position, length, bytes })));
    for (const { promises: later } of pending) {
      const ofPeer = later.filter((promise) => promise.connection === connection);
      moveBehind(promises, ofPeer, bytes.length - length);
    }
  }
}

/** What was appended behind packets that have grown by so many bytes each has moved. */
function moveBehind(broken: readonly Promised[], later: readonly Promised[], grown: number): void {
  let before = 0;
  for (const promise of later) {
    while (before < broken.length && broken[before].position < promise.position) before++;
    promise.position += before * grown;
  }
}

function errorPacket(): Uint8Array {
  const { code, text } = ERRORS.notStored;
  const out = new OutputBuffer();
  out.packet(PacketType.ERROR, code.length + 1 + text.length);
  out.bytes(encodeName(`${code}\0${text}`));
  const { bytes, start, end } = out.take()!;
  return bytes.slice(start, end);
}
