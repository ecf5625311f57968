import { hostAndPort } from "../../protocol/mod.ts";
import type { PeerAddress } from "./link.ts";
import type { Peer } from "./peer.ts";

/** A client or worker, as listings and logs name it. */
export interface PeerFacts {
  /** Number of its connection. */
  readonly id: number;
  /** Null if it disconnected long ago. */
  readonly address: PeerAddress | null;
  /** Empty if it has disconnected. */
  readonly clientId: Uint8Array;
}

/** How listings and logs name a peer. */
export function factsOfPeer({ id, peer, clientId }: Peer): PeerFacts {
  return { id, address: peer, clientId };
}

/** A peer as listings of jobs and connections both write it: `7@127.0.0.1:52604`, `8@unix`. */
export function peerName({ id, address }: PeerFacts): string {
  return `${id}@${address === null ? "-" : peerAddress(address)}`;
}

/** Its address, with the port if it has one. */
export function peerAddress({ hostname, port }: PeerAddress): string {
  return port === 0 ? hostname : hostAndPort(hostname, port);
}
