import { Hono } from "hono";
import type { Peer } from "../../router/mod.ts";
import type { HttpContext, HttpEnv } from "../access/env.ts";
import { connectionAnswer, roleOf } from "./connection_answer.ts";
import { cursorOf } from "./cursor.ts";
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

/** `/connections`, `/workers`, `/clients`: those that are open, in the order they came. */
export function connections({ parts: { router }, portions }: ApiParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const list = async (c: HttpContext, roles: readonly ConnectionAnswer["role"][]) => {
    const query = new Query(c.req.url, ["id", "cursor", "limit"]);
    const id = query.number("id");
    const order = {
      placeOf: (peer: Peer) =>
        roles.includes(roleOf(peer)) && (id === undefined || peer.id === id)
          ? { value: peer.id, name: peer.id }
          : null,
      isDescending: false,
      after: cursorOf(query.text("cursor"), ["number", "number"]),
      limit: query.limit(),
    };
    const answerOf = (peer: Peer) => connectionAnswer(router, peer);
    return c.json(await pageOf(portions, router.peers.now(), order, answerOf));
  };
  for (const [path, roles] of Object.entries(LISTS)) app.get(path, (c) => list(c, roles));
  return app;
}
