import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { html } from "hono/html";
import { limitBody } from "../limit_body.ts";
import type { HttpEnv } from "./env.ts";
import { SESSION_SECONDS, type Sessions } from "./sessions.ts";
import type { Tokens } from "./tokens.ts";

/** Where people log in. */
export const LOGIN = "/login";
const STYLE_SHEET = "/login.css";
const LOGOUT = "/logout";
/** Whoever is not logged in may ask for these. */
export const LOGIN_PATHS: readonly string[] = [LOGIN, STYLE_SHEET, LOGOUT];
/** Far more than a form with a token takes, in bytes. */
const MOST_BYTES = 8 * 1024;
const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:15vh auto;padding:0 1rem}" +
  "input,button{font:inherit;display:block;box-sizing:border-box;width:100%;padding:.5rem;margin:.5rem 0}" +
  "[role=alert]{color:#b00020}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}" +
  "[role=alert]{color:#ff8a80}}";

/**
 * The page where people log in with a token: `/login`, and `/logout`. A cookie keeps them logged in;
 * no script can read it, and no other site's page can send it.
 */
export function loginPages(tokens: Tokens, sessions: Sessions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get(STYLE_SHEET, (c) => c.body(STYLE, 200, { "content-type": "text/css" }));
  app.get(LOGIN, (c) => {
    const path = ownPath(c.req.query("to"));
    // Where there are no tokens, there is nothing to log in with, and no need to.
    return tokens.isEmpty ? c.redirect(path, 303) : c.html(page(path, ""));
  });
  app.post(LOGIN, limitBody(MOST_BYTES), async (c) => {
    const { token: shown, to } = await c.req.parseBody();
    const path = ownPath(to);
    const token = typeof shown === "string" ? await tokens.find(shown.trim()) : null;
    if (token === null) return c.html(page(path, "This token is not known."), 401);
    setCookie(c, cookieName(c), await sessions.begin(token), {
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      maxAge: SESSION_SECONDS,
    });
    return c.redirect(path, 303);
  });
  app.post(LOGOUT, async (c) => {
    const id = getCookie(c, cookieName(c));
    if (id !== undefined) await sessions.end(id);
    deleteCookie(c, cookieName(c), { path: "/" });
    return c.redirect(LOGIN, 303);
  });
  return app;
}

/** Cookies belong to a host, whatever the port: servers on one machine must not take those of others. */
export function cookieName(c: Context<HttpEnv>): string {
  const [, port = "80"] = /:(\d+)$/.exec(c.req.header("host") ?? "") ?? [];
  return `geartrain_session_${port}`;
}

/** Never another site: a path here, or the first page. */
function ownPath(to: unknown): string {
  return typeof to === "string" && /^\/(?![/\\])[\x21-\x7e]*$/.test(to) ? to : "/";
}

function page(to: string, wrong: string) {
  return html`
    <!doctype html>
    <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>Log in - geartrain</title>
      <link rel="stylesheet" href="${STYLE_SHEET}">
      <h1>geartrain</h1>
      <form method="post" action="${LOGIN}">
    <label for="token">Token</label>
    <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
    <input type="hidden" name="to" value="${to}">
    <button>Log in</button>
    ${wrong === "" ? "" : html`<p role="alert">${wrong}</p>`}
      </form>
    </html>
  `;
}
