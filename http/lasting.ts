import type { MiddlewareHandler } from "hono";
import type { HttpEnv } from "./access/env.ts";
import type { Place } from "./access/hosts.ts";
import { problem } from "./problem.ts";

/** Streams of events at once, of one listener. */
export const MOST_STREAMS = 100;
/** Orders and submits at once, of one listener: a client may wait for its job as long as it likes. */
export const MOST_ORDERS = 128;

const LOOKS = ["GET", "HEAD"];
const STREAM = "/api/v1/events";

/**
 * Answers 503 to whoever wants one more of what may last: so many, and both together are fewer than the
 * connections of a listener, so that the others, such as scrapes and questions for health, are answered.
 */
export function limitLasting(): MiddlewareHandler<HttpEnv> {
  const streams = limit(MOST_STREAMS, "Too many watch already");
  const orders = limit(MOST_ORDERS, "Too many orders and submits are being answered");
  return (c, next) => {
    if (!LOOKS.includes(c.req.method)) return orders(c, next);
    return c.req.path === STREAM ? streams(c, next) : next();
  };
}

function limit(most: number, detail: string): MiddlewareHandler<HttpEnv> {
  const counts = new WeakMap<Place, number>();
  return ({ env: { place, ended } }, next) => {
    const count = counts.get(place) ?? 0;
    if (count >= most) {
      return Promise.resolve(problem(503, `${detail}: ${most}`, {}, { "retry-after": "10" }));
    }
    counts.set(place, count + 1);
    void ended.then(() => counts.set(place, counts.get(place)! - 1));
    return next();
  };
}
