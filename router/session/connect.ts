import type { Link } from "../model/link.ts";
import type { Router } from "../router.ts";
import type { Connection } from "./connection.ts";
import { FullConnection } from "./full_connection.ts";
import { SpareConnection } from "./spare_connection.ts";

/** Takes a new peer in; the transport feeds the returned connection. */
export function connect(router: Router, link: Link): Connection {
  const connection = new FullConnection(router, link);
  router.peers.add(connection);
  return connection;
}

/** Takes one in that may only ask, by all text commands or those of health checks. */
export function connectSpare(router: Router, link: Link, mayAskAll: boolean): SpareConnection {
  const connection = new SpareConnection(router, link, mayAskAll);
  router.peers.add(connection);
  return connection;
}
