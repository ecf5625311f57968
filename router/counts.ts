import { ERRORS, FAULTS, type ProtocolError } from "../protocol/mod.ts";
import type { Peer } from "./model/peer.ts";

/** What each ERROR is counted as. */
const CAUSES: ReadonlyMap<ProtocolError, string> = new Map(
  Object.entries({ ...ERRORS, ...FAULTS }).map(([name, error]) => [error, name]),
);

/**
 * What has happened in a router since it began, apart from what its functions count themselves: numbers
 * that only grow.
 */
export class Counts {
  /** Connections that were opened. */
  connections = 0;
  /** Packets that came in. */
  packetsIn = 0;
  /** Bytes that came in, those of text commands too. */
  bytesIn = 0;
  /** Requests that were refused, by their ERROR: a key of `ERRORS` or `FAULTS`, or the code of another. */
  readonly refused: Record<string, number> = {};
  #packetsOut = 0;
  #bytesOut = 0;
  readonly #connections: ReadonlyMap<number, Peer>;

  /** @internal Made by the router; all counts begin at 0. */
  constructor(connections: ReadonlyMap<number, Peer>) {
    this.#connections = connections;
  }

  /** @internal A request is refused. */
  refuse(error: ProtocolError): void {
    const cause = CAUSES.get(error) ?? error.code;
    this.refused[cause] = (this.refused[cause] ?? 0) + 1;
  }

  /** @internal A connection is gone: what was sent to it still counts. */
  closed({ out }: Peer): void {
    this.#packetsOut += out.packets;
    this.#bytesOut += out.sentBytes;
  }

  /** Packets for peers: those that have left, and those that wait until they are read. */
  get packetsOut(): number {
    let sum = this.#packetsOut;
    for (const { out } of this.#connections.values()) sum += out.packets;
    return sum;
  }

  /** Bytes that have left for peers, those of text commands too. */
  get bytesOut(): number {
    let sum = this.#bytesOut;
    for (const { out } of this.#connections.values()) sum += out.sentBytes;
    return sum;
  }
}
