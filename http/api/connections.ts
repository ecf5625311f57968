import { Hono } from "hono";
import type { Peer } from "../../router/mod.ts";
import type { HttpContext, HttpEnv } from "../access/env.ts";
import { connectionAnswer, roleOf } from "./connection_answer.ts";
import { connectionOrderIn, connectionPlace, isText } from "./connection_order.ts";
import { cursorOf } from "./cursor.ts";
import { peerAnswer, textOf } from "./json.ts";
import { pageOf } from "./lists.ts";
import type { ApiParts } from "./parts.ts";
import { Query } from "./query.ts";
import type { ConnectionAnswer } from "./types.ts";

/** Which connections a list has. */
const LISTS: Readonly<Record<string, readonly ConnectionAnswer["role"][]>> = {
  "/connections": ["worker", "client", "both", "none"],
  "/workers": ["worker", "both"],
  "/clients": ["client", "both"],
};

/** `/connections`, `/workers`, `/clients`: those that are open. */
export function connections({ parts: { router }, portions }: ApiParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const list = async (c: HttpContext, roles: readonly ConnectionAnswer["role"][]) => {
    const query = new Query(c.req.url, ["id", "filter", "sort", "cursor", "limit"]);
    const id = query.number("id");
    const filter = query.text("filter")?.toLowerCase() ?? "";
    const by = connectionOrderIn(query);
    const order = {
      placeOf: (peer: Peer) =>
        roles.includes(roleOf(peer)) && (id === undefined || peer.id === id) &&
          (filter === "" || hasText(peer, filter))
          ? connectionPlace(router, peer, by)
          : null,
      isDescending: by.isDescending,
      after: cursorOf(query.text("cursor"), [isText(by.sort) ? "string" : "number", "number"]),
      limit: query.limit(),
    };
    const answerOf = (peer: Peer) => connectionAnswer(router, peer);
    return await pageOf(portions, router.peers.now(), order, answerOf);
  };
  for (const [path, roles] of Object.entries(LISTS)) app.get(path, (c) => list(c, roles));
  return app;
}

/** Is a text, in small letters, in the number, client id, address, functions or jobs of a connection? */
function hasText(peer: Peer, text: string): boolean {
  const has = (word: string) => word.toLowerCase().includes(text);
  const { id, peer: address, clientId } = peer;
  const names = peerAnswer({ id, address, clientId });
  if (has(`#${id}`) || has(names.clientId) || has(names.address ?? "")) return true;
  if (peer.abilities.some(({ func }) => has(textOf(func.name)))) return true;
  for (let job = peer.firstJob; job !== null; job = job.next) if (has(job.handle)) return true;
  return false;
}
