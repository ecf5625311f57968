import type { MiddlewareHandler, Next } from "hono";
import { getCookie } from "hono/cookie";
import type { HttpOptions } from "../parts.ts";
import { problem } from "../problem.ts";
import type { HttpContext, HttpEnv, Rights } from "./env.ts";
import { isOwnHost } from "./hosts.ts";
import { cookieName, LOGIN, LOGIN_PATHS } from "./login.ts";
import type { Sessions } from "./sessions.ts";
import type { KnownToken, Tokens } from "./tokens.ts";

/** Whoever watches over the server asks these with no token; the dashboard's files have no data in them. */
const OPEN_TO_ALL = /^\/(healthz|readyz|assets\/.*)?$/;
const LOOKS = ["GET", "HEAD"];

/** What the door needs. */
export interface DoorParts {
  readonly options: HttpOptions;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
}

/** Who is at the door. */
interface Visitor {
  /** Null if there are no tokens. */
  readonly token: KnownToken | null;
  /** Did he show the token itself? No browser does that for a stranger's page. */
  readonly isBearer: boolean;
}

/**
 * Lets requests in: those for this host, of who shows a token or is logged in, and orders only if no
 * other page can be behind them. Nothing after it need ask who somebody is; `c.var.rights` says what he
 * may do.
 */
export function door(parts: DoorParts): MiddlewareHandler<HttpEnv> {
  return (c, next) => admit(parts, c, next);
}

async function admit(parts: DoorParts, c: HttpContext, next: Next): Promise<Response | void> {
  const { options } = parts;
  const host = c.req.header("host") ?? null;
  if (!isOwnHost(host, c.env.place, options.names)) {
    return problem(421, "The Host header names none of this server's names: see --http-name");
  }
  const { path } = c.req;
  const visitor = await visitorOf(parts, c);
  c.set("rights", rightsOf(options, visitor?.token ?? null));
  c.set("rightsNow", async () => {
    const stillHere = await visitorOf(parts, c);
    return stillHere && rightsOf(options, stillHere.token);
  });
  const isLogin = LOGIN_PATHS.includes(path);
  if (!LOOKS.includes(c.req.method)) {
    const isSafe = visitor?.isBearer === true || isFromOwnPage(c, host);
    if (!isSafe) return problem(403, CROSS_SITE);
    if (visitor !== null && !isLogin && c.var.rights.readOnly) {
      return problem(403, "This server, or the token, is read-only");
    }
  }
  if (visitor !== null || isLogin || OPEN_TO_ALL.test(path)) return next();
  if (LOOKS.includes(c.req.method) && c.req.header("accept")?.includes("text/html")) {
    return c.redirect(`${LOGIN}?to=${encodeURIComponent(path)}`, 303);
  }
  return problem(401, "A token is needed: Authorization: Bearer TOKEN", {}, {
    "www-authenticate": "Bearer",
  });
}

const CROSS_SITE =
  "An order needs a token (Authorization: Bearer TOKEN), or a page of this server: " +
  "without a token, a program sends the header Sec-Fetch-Site: same-origin";

/** Null if he must show a token and does not. */
async function visitorOf(
  { tokens, sessions }: DoorParts,
  c: HttpContext,
): Promise<Visitor | null> {
  if (tokens.isEmpty) return { token: null, isBearer: false };
  const [, shown] = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  if (shown !== undefined) {
    const token = await tokens.find(shown);
    return token && { token, isBearer: true };
  }
  const id = getCookie(c, cookieName(c));
  const token = id === undefined ? null : await sessions.find(id);
  return token && { token, isBearer: false };
}

function rightsOf({ readOnly, payloads }: HttpOptions, token: KnownToken | null): Rights {
  return {
    readOnly: readOnly || token?.readOnly === true,
    payloads: payloads || token?.payloads === true,
  };
}

/**
 * Is a page of this server behind the request? Browsers say so by Sec-Fetch-Site, but old ones do not,
 * nor any where there is no TLS, except on this machine. All of them send an Origin with an order.
 */
function isFromOwnPage(c: HttpContext, host: string | null): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = c.req.header("origin");
  return origin !== undefined && host !== null && origin.replace(/^https?:\/\//, "") === host;
}
