import type { PacketView } from "../../protocol/mod.ts";
import { Connection } from "./connection.ts";
import { dispatchPacket } from "./packets/table.ts";
import { dispatchLine, mustWait } from "./text/table.ts";

/** A connection that is answered by the tables of packets and text commands. */
export class FullConnection extends Connection {
  /** @internal See {@linkcode Connection}. */
  packet(view: PacketView): void {
    dispatchPacket(this, view);
  }

  /** @internal See {@linkcode Connection}. */
  protected mustWait(bytes: Uint8Array, start: number, end: number): boolean {
    return mustWait(bytes, start, end);
  }

  /** @internal See {@linkcode Connection}. */
  protected answerLine(bytes: Uint8Array, start: number, end: number): void {
    dispatchLine(this, bytes, start, end);
  }
}
