import { hostAndPort } from "../protocol/mod.ts";
import type { PeerFacts } from "./facts.ts";
import type { PeerAddress } from "./link.ts";

/** A peer as listings of jobs and connections both write it: `7@127.0.0.1:52604`, `8@unix`. */
export function peerName({ id, address }: PeerFacts): string {
  return `${id}@${address === null ? "-" : peerAddress(address)}`;
}

/** Its address, with the port if it has one. */
export function peerAddress({ hostname, port }: PeerAddress): string {
  return port === 0 ? hostname : hostAndPort(hostname, port);
}
