import { type ConnectionOrder, isText } from "../../http/api/connection_order.ts";
import type { Place } from "../../http/api/lists.ts";
import type { ToldConnection } from "../../http/api/told.ts";

/** The place of a connection; one of which the value is not told comes last either way. */
export function connectionPlace(peer: ToldConnection, order: ConnectionOrder): Place {
  const { sort, isDescending } = order;
  const last = isDescending ? -Number.MAX_VALUE : Number.MAX_VALUE;
  const value = sort === "functions" ? peer.functions.length : peer[sort];
  if (isText(sort)) return { value: String(value ?? ""), name: peer.id };
  return { value: numberOf(value) ?? last, name: peer.id };
}

function numberOf(value: number | string | null | undefined): number | null {
  return typeof value === "string" ? Date.parse(value) : value ?? null;
}
