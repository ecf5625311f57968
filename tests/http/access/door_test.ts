import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { TestApp } from "../../support/http_app.ts";

const TOKEN = "a-secret-of-this-test";
const READER = "one-who-may-only-look";
const tokens = [{ token: TOKEN }, { token: READER, readOnly: true }];
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const OWN_PAGE = { "sec-fetch-site": "same-origin" };

/** Nothing is there: who gets as far as that was let in. */
const LET_IN = 404;
const NOWHERE = "/api/v1/nowhere";

async function login(app: TestApp, token: string, to = "/"): Promise<Response> {
  const body = new URLSearchParams({ token, to });
  return await app.ask("/login", { method: "POST", body, headers: OWN_PAGE });
}

function cookieOf(response: Response): string {
  return response.headers.get("set-cookie")!.split(";")[0];
}

describe("the Host header", () => {
  const hosts = (app: TestApp, ...names: string[]) =>
    Promise.all(names.map((host) => app.status("/healthz", { headers: { host } })));

  test("must name the address of the listener, localhost or a name that the server was given", async () => {
    const app = new TestApp({ names: ["gearman.example"] });
    assertEquals(
      await hosts(
        app,
        "127.0.0.1",
        "127.0.0.1:4780",
        "localhost:1",
        "LOCALHOST",
        "localhost.",
        "gearman.example:4780",
        "GEARMAN.example.",
      ),
      Array(7).fill(200),
    );
  });

  test("of a stranger's page is refused, whatever address his name leads to", async () => {
    const app = new TestApp({ names: ["gearman.example"] });
    const strange = [
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "evilgearman.example",
      "192.168.0.1",
      "[::1]",
      "",
      "localhost@evil.example",
      "evil.example/localhost",
      "localhost, evil.example",
      "localhost:80:80",
      "0",
    ];
    for (const host of strange) assertEquals(await hosts(app, host), [421], host);
  });

  test("may be any address where the listener has all of them, but no strange name", async () => {
    const app = new TestApp({ hostname: "::", tokens });
    assertEquals(await hosts(app, "10.1.2.3:4780", "[fe80::1]:4780"), [200, 200]);
    assertEquals(await hosts(app, "evil.example", "10.1.2.3.evil.example"), [421, 421]);
  });

  test("of an IPv6 listener may be written in another way", async () => {
    const app = new TestApp({ hostname: "::1" });
    assertEquals(await hosts(app, "[0:0::1]:4780", "[::2]"), [200, 421]);
  });

  test("does not matter on a unix socket", async () => {
    assertEquals(await hosts(new TestApp({ hostname: null }), "whatever"), [200]);
  });
});

describe("tokens", () => {
  test("let in who shows one, and nobody else", async () => {
    const app = new TestApp({ tokens });
    assertEquals(await app.status(NOWHERE, { headers: bearer(TOKEN) }), LET_IN);
    assertEquals(await app.status(NOWHERE, { headers: bearer(READER) }), LET_IN);
    const wrong = [TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase(), "x", "\u{e4}".repeat(20)];
    for (const token of wrong) {
      assertEquals(await app.status(NOWHERE, { headers: bearer(token) }), 401, token);
    }
    const basic = { authorization: `Basic ${btoa(`user:${TOKEN}`)}` };
    assertEquals(await app.status(NOWHERE, { headers: basic }), 401);
    assertEquals(await app.status(`${NOWHERE}?token=${TOKEN}`), 401);
  });

  test("are asked for in the way of problem+json", async () => {
    const response = await new TestApp({ tokens }).ask(NOWHERE);
    assertEquals(response.status, 401);
    assertEquals(response.headers.get("www-authenticate"), "Bearer");
    assertEquals(response.headers.get("content-type"), "application/problem+json");
    assertEquals((await response.json()).title, "Unauthorized");
  });

  test("can be replaced while the server runs", async () => {
    const app = new TestApp({ tokens });
    app.setTokens([{ token: "the-next-secret-of-it" }]);
    assertEquals(await app.status(NOWHERE, { headers: bearer(TOKEN) }), 401);
    assertEquals(
      await app.status(NOWHERE, { headers: bearer("the-next-secret-of-it") }),
      LET_IN,
    );
  });
});

describe("an order", () => {
  const order = (app: TestApp, headers: Record<string, string>) =>
    app.status(NOWHERE, { method: "POST", headers });

  test("is taken from who shows a token", async () => {
    const app = new TestApp({ tokens });
    assertEquals(await order(app, bearer(TOKEN)), LET_IN);
    assertEquals(await order(app, { ...bearer(TOKEN), "sec-fetch-site": "cross-site" }), LET_IN);
    assertEquals(await order(app, bearer("wrong-wrong-wrong-wrong")), 403);
  });

  test("is taken from a page of this server, and from no other", async () => {
    const app = new TestApp();
    assertEquals(await order(app, OWN_PAGE), LET_IN);
    for (const site of ["cross-site", "same-site", "none", ""]) {
      assertEquals(await order(app, { "sec-fetch-site": site }), 403, site);
    }
    assertEquals(await order(app, {}), 403);
    assertEquals(await order(app, bearer(TOKEN)), 403, "there are no tokens");
  });

  test("is taken from a page of this server where the browser tells the origin alone", async () => {
    const app = new TestApp();
    const origins = {
      "http://localhost:4780": LET_IN,
      "https://localhost:4780": LET_IN,
      "http://localhost": 403,
      "http://evil.example": 403,
      "http://localhost:4780.evil.example": 403,
      null: 403,
    };
    for (const [origin, status] of Object.entries(origins)) {
      assertEquals(await order(app, { origin }), status, origin);
    }
    const both = { origin: "http://localhost:4780", "sec-fetch-site": "cross-site" };
    assertEquals(await order(app, both), 403);
  });

  test("is refused if the server, or the token, may only look", async () => {
    const app = new TestApp({ tokens });
    assertEquals(await order(app, bearer(READER)), 403);
    const readOnly = new TestApp({ tokens, readOnly: true });
    assertEquals(await order(readOnly, bearer(TOKEN)), 403);
    assertEquals(await readOnly.status(NOWHERE, { headers: bearer(TOKEN) }), LET_IN);
    assertEquals(await order(new TestApp({ readOnly: true }), OWN_PAGE), 403);
  });

  test("of another site gets no leave by a preflight", async () => {
    const response = await new TestApp().ask(NOWHERE, {
      method: "OPTIONS",
      headers: { origin: "http://evil.example", "access-control-request-method": "POST" },
    });
    assertEquals(response.status, 403);
    assertEquals(response.headers.get("access-control-allow-origin"), null);
  });
});

describe("a login", () => {
  test("shows a form to a browser that wants a page", async () => {
    const app = new TestApp({ tokens });
    const sent = await app.ask("/functions/a%2Fb", { headers: { accept: "text/html,*/*" } });
    assertEquals(sent.status, 303);
    assertEquals(sent.headers.get("location"), "/login?to=%2Ffunctions%2Fa%252Fb");
    const page = await (await app.ask(sent.headers.get("location")!)).text();
    assertMatch(page, /<form method="post" action="\/login">/);
    assertMatch(page, /name="to" value="\/functions\/a%2Fb"/);
    assertEquals(await app.status("/login.css"), 200);
  });

  test("is not asked for where there are no tokens", async () => {
    const app = new TestApp();
    const sent = await app.ask("/login?to=/functions/a");
    assertEquals([sent.status, sent.headers.get("location")], [303, "/functions/a"]);
  });

  test("with a token gives a cookie that no script and no other site gets", async () => {
    const app = new TestApp({ tokens });
    const response = await login(app, TOKEN, "/jobs?x=1");
    assertEquals([response.status, response.headers.get("location")], [303, "/jobs?x=1"]);
    const cookie = response.headers.get("set-cookie")!;
    assertMatch(
      cookie,
      /^geartrain_session_4780=[0-9a-f]{64}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    assertNotEquals(cookie, (await login(app, TOKEN)).headers.get("set-cookie"));
    const headers = { cookie: cookieOf(response) };
    assertEquals(await app.status(NOWHERE, { headers }), LET_IN);
    assertEquals(await app.status(NOWHERE, { method: "POST", headers }), 403);
    const own = { ...headers, ...OWN_PAGE };
    assertEquals(await app.status(NOWHERE, { method: "POST", headers: own }), LET_IN);
  });

  test("gives the rights of its token", async () => {
    const app = new TestApp({ tokens });
    const headers = { cookie: cookieOf(await login(app, READER)), ...OWN_PAGE };
    assertEquals(await app.status(NOWHERE, { headers }), LET_IN);
    assertEquals(await app.status(NOWHERE, { method: "POST", headers }), 403);
    assertEquals(await app.status("/logout", { method: "POST", headers }), 303);
  });

  test("with a wrong token fails, and gives no cookie", async () => {
    const app = new TestApp({ tokens });
    const response = await login(app, "wrong-wrong-wrong-wrong", '"><script>');
    assertEquals(response.status, 401);
    assertEquals(response.headers.get("set-cookie"), null);
    const page = await response.text();
    assert(!page.includes("<script>"), page);
    assertMatch(page, /not known/);
    const headers = { cookie: `geartrain_session_4780=${"0".repeat(64)}` };
    assertEquals(await app.status(NOWHERE, { headers }), 401);
  });

  test("never leads to another site", async () => {
    const app = new TestApp({ tokens });
    for (const to of ["//evil.example", "https://evil.example", "/\\evil.example", "\n/x", ""]) {
      assertEquals((await login(app, TOKEN, to)).headers.get("location"), "/", to);
    }
  });

  test("from a page of another site is refused", async () => {
    const app = new TestApp({ tokens });
    const init = { method: "POST", body: new URLSearchParams({ token: TOKEN }) };
    for (const site of ["cross-site", "same-site"]) {
      assertEquals(
        await app.status("/login", { ...init, headers: { "sec-fetch-site": site } }),
        403,
      );
    }
  });

  test("takes no body that is longer than a form", async () => {
    const app = new TestApp({ tokens });
    const body = new URLSearchParams({ token: "x".repeat(9000) });
    assertEquals(await app.status("/login", { method: "POST", body, headers: OWN_PAGE }), 413);
  });

  test("ends by a logout, after 12 hours, and when its token is no longer one", async () => {
    const app = new TestApp({ tokens });
    const cookies = [TOKEN, TOKEN, READER].map(async (token) => cookieOf(await login(app, token)));
    const [first, second, reader] = await Promise.all(cookies);
    const look = (cookie: string) => app.status(NOWHERE, { headers: { cookie } });
    const out = { method: "POST", headers: { cookie: first, ...OWN_PAGE } };
    assertEquals((await app.ask("/logout", out)).headers.get("location"), "/login");
    assertEquals([await look(first), await look(second)], [401, LET_IN]);
    app.setTokens([{ token: TOKEN }]);
    assertEquals([await look(second), await look(reader)], [LET_IN, 401]);
    app.clock.advance(12 * 3600 * 1000 - 1);
    assertEquals(await look(second), LET_IN);
    app.clock.advance(1);
    assertEquals(await look(second), 401);
  });

  test("of very many people ends those of the first ones", async () => {
    const app = new TestApp({ tokens });
    const first = cookieOf(await login(app, TOKEN));
    let last = first;
    for (let count = 0; count < 1000; count++) last = cookieOf(await login(app, TOKEN));
    assertEquals(await app.status(NOWHERE, { headers: { cookie: first } }), 401);
    assertEquals(await app.status(NOWHERE, { headers: { cookie: last } }), LET_IN);
  });
});

describe("every answer", () => {
  test("forbids scripts and styles that are not files of this server, and other sites", async () => {
    const app = new TestApp({ tokens });
    for (const path of ["/healthz", "/login", "/nothing"]) {
      const { headers } = await app.ask(path);
      const policy = headers.get("content-security-policy")!;
      assertMatch(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
      assertMatch(policy, /base-uri 'none'; frame-ancestors 'none'/);
      assert(!policy.includes("unsafe"), policy);
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      assertEquals(headers.get("x-frame-options"), "DENY");
      assertEquals(headers.get("referrer-policy"), "no-referrer");
      assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
      assertEquals(headers.get("access-control-allow-origin"), null);
    }
  });

  test("to a request for nothing that there is, is a problem", async () => {
    const response = await new TestApp().ask("/nothing");
    assertEquals(response.headers.get("content-type"), "application/problem+json");
    assertEquals((await response.json()).status, 404);
  });
});
