import type { Peer, Router } from "../../router/mod.ts";
import { roleOf, runningSince } from "./connection_answer.ts";
import type { Place } from "./lists.ts";
import { peerAnswer } from "./json.ts";
import { BadRequest, type Query } from "./query.ts";

/** What lists of connections can be sorted by, each with what it is for one. Ages are told by what stays the same. */
const VALUES = {
  id: (peer: Peer) => peer.id,
  clientId: ({ id, clientId, peer }: Peer) => peerAnswer({ id, clientId, address: peer }).clientId,
  role: (peer: Peer) => roleOf(peer),
  functions: ({ abilities }: Peer) => abilities.length,
  runningSince: (peer: Peer, router: Router) => runningSince(router, peer),
  waitingFor: ({ subscriptions }: Peer) => subscriptions,
  jobsDone: ({ jobsDone }: Peer) => jobsDone,
  lastPacketSeconds: (peer: Peer, { facts, clock }: Router) =>
    -Math.round(clock.now() - (facts.connection(peer).silence ?? clock.now() - peer.connectedAt)),
  // They are numbered as they come.
  connectedSeconds: ({ id }: Peer) => -id,
} as const satisfies Record<
  string,
  (peer: Peer, router: Router) => number | string | null
>;

/** A field by which connections are sorted. */
export type ConnectionSort = keyof typeof VALUES;

/** By what connections can be sorted. */
export const CONNECTION_SORTS = Object.keys(VALUES) as ConnectionSort[];

/** How a list of connections is sorted. */
export interface ConnectionOrder {
  readonly sort: ConnectionSort;
  readonly isDescending: boolean;
}

/**
 * The order that a query asks for: as they came unless it says otherwise.
 *
 * @throws {BadRequest} for one that there is not.
 */
export function connectionOrderIn(query: Query): ConnectionOrder {
  const [, minus, field] = /^(-?)([^]*)$/.exec(query.text("sort") ?? "id")!;
  const sort = CONNECTION_SORTS.find((name) => name === field);
  if (sort !== undefined) return { sort, isDescending: minus === "-" };
  throw new BadRequest(`sort must be one of ${CONNECTION_SORTS.join(", ")}, perhaps with - before`);
}

/** Is what it is sorted by a text? */
export function isText(sort: ConnectionSort): boolean {
  return sort === "clientId" || sort === "role";
}

/** The place of a connection; one without a value comes last either way. */
export function connectionPlace(
  router: Router,
  peer: Peer,
  { sort, isDescending }: ConnectionOrder,
): Place {
  const last = isDescending ? -Number.MAX_VALUE : Number.MAX_VALUE;
  return { value: VALUES[sort](peer, router) ?? last, name: peer.id };
}
