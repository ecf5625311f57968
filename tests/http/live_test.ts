import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { SnapshotAnswer } from "../../http/api/types.ts";
import { TestApp } from "../support/http_app.ts";
import { CheckedApi } from "./api/checked_api.ts";

const TOKEN = "a-long-secret-of-tests";
const OWN_PAGE = { "sec-fetch-site": "same-origin" };

/** Reads events. */
class Viewer {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(response: Response) {
    this.#reader = response.body!.getReader();
  }

  async next(): Promise<SnapshotAnswer> {
    for (;;) {
      const { value, done } = await this.#reader.read();
      assertEquals(done, false);
      const [, data] = /^event: snapshot\ndata: (.*)\n\n$/.exec(new TextDecoder().decode(value)) ??
        [];
      if (data !== undefined) return JSON.parse(data);
    }
  }

  async isOver(): Promise<boolean> {
    for (;;) {
      const { done } = await this.#reader.read();
      if (done) return true;
    }
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }
}

describe("/events", () => {
  test("sends a snapshot a second to all who watch", async () => {
    using api = await CheckedApi.open();
    api.router.enqueueJob({ function: "f" });
    api.peer().canDo("busy");
    for (let job = 0; job < 5; job++) api.router.enqueueJob({ function: "busy" });
    const viewers = [new Viewer(await api.ask("GET", "/events"))];
    const first = await viewers[0].next();
    api.check("/components/schemas/Snapshot", first);
    assertEquals(first.functions.map(({ name }) => name), ["f", "busy"]);
    assertEquals([first.totals.functionsWithoutWorkers, first.totals.waiting], [1, 6]);
    viewers.push(new Viewer(await api.ask("GET", "/events")));
    api.clock.advance(1000);
    const [one, other] = await Promise.all(viewers.map((viewer) => viewer.next()));
    assertEquals([one.at, one.totals], [other.at, other.totals]);
    assertEquals(Date.parse(one.at) - Date.parse(first.at), 1000);
    for (const viewer of viewers) await viewer.leave();
  });

  test("passes over snapshots that a slow viewer did not take", async () => {
    using api = await CheckedApi.open();
    const fast = new Viewer(await api.ask("GET", "/events"));
    const slow = new Viewer(await api.ask("GET", "/events"));
    const { at } = await fast.next();
    for (let second = 0; second < 5; second++) {
      api.clock.advance(1000);
      await fast.next();
    }
    assertEquals(Date.parse((await slow.next()).at) - Date.parse(at), 5000);
  });

  test("takes no snapshot when nobody watches, however many did", async () => {
    using api = await CheckedApi.open();
    const others = api.clock.timers;
    const viewers: Viewer[] = [];
    for (let count = 0; count < 1000; count++) {
      viewers.push(new Viewer(await api.ask("GET", "/events")));
    }
    await viewers[0].next();
    for (const viewer of viewers) await viewer.leave();
    assertEquals(api.clock.timers, others);
    const again = new Viewer(await api.ask("GET", "/events"));
    await again.next();
    api.app.close();
    assertEquals(await again.isOver(), true);
  });

  test("is not watched by who asks for headers only, nor by who is gone", async () => {
    using api = await CheckedApi.open();
    const others = api.clock.timers;
    const head = await api.app.ask("/api/v1/events", { method: "HEAD" });
    assertEquals([head.status, head.headers.get("content-type")], [200, "text/event-stream"]);
    assertEquals(api.clock.timers, others);
    const { promise, resolve } = Promise.withResolvers<void>();
    api.app.ended = promise;
    const viewer = new Viewer(await api.ask("GET", "/events"));
    await viewer.next();
    resolve();
    assertEquals(await viewer.isOver(), true);
    assertEquals(api.clock.timers, others);
  });

  test("of 5,000 functions tells the 200 with most to say", async () => {
    using api = await CheckedApi.open();
    for (let index = 0; index < 5000; index++) api.router.enqueueJob({ function: `f${index}` });
    for (let index = 0; index < 3; index++) api.router.enqueueJob({ function: "f4711" });
    const viewer = new Viewer(await api.ask("GET", "/events"));
    const { functions, totals } = await viewer.next();
    assertEquals([functions.length, functions[0].name, totals.functions], [200, "f4711", 5000]);
    await viewer.leave();
  });
});

describe("a stream of events behind a token", () => {
  /** Somebody who watches, by the token itself or with a login. */
  async function watched(isLogin: boolean) {
    const app = new TestApp({ tokens: [{ token: TOKEN, payloads: true }] });
    const headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` };
    if (isLogin) {
      const body = new URLSearchParams({ token: TOKEN });
      const { headers: sent } = await app.ask("/login", {
        method: "POST",
        body,
        headers: OWN_PAGE,
      });
      delete headers.authorization;
      headers.cookie = sent.get("set-cookie")!.split(";")[0];
    }
    const viewer = new Viewer(await app.ask("/api/v1/events", { headers }));
    assertEquals((await viewer.next()).server.payloads, true);
    return { app, headers, viewer };
  }

  for (const isLogin of [false, true]) {
    const way = isLogin ? "a login" : "the token";
    test(`by ${way} ends when the token is taken away`, async () => {
      const { app, viewer } = await watched(isLogin);
      app.setTokens([{ token: "another-secret-of-tests" }]);
      app.clock.advance(1000);
      assertEquals(await viewer.isOver(), true);
    });

    test(`by ${way} tells no more than the token may see now`, async () => {
      const { app, viewer } = await watched(isLogin);
      app.setTokens([{ token: TOKEN }]);
      app.clock.advance(1000);
      assertEquals((await viewer.next()).server.payloads, false);
      await viewer.leave();
    });
  }

  test("ends with a logout", async () => {
    const { app, headers, viewer } = await watched(true);
    await app.ask("/logout", { method: "POST", headers: { ...headers, ...OWN_PAGE } });
    app.clock.advance(1000);
    assertEquals(await viewer.isOver(), true);
  });

  test("ends when the login has lasted for as long as it may", async () => {
    const { app, viewer } = await watched(true);
    app.clock.advance(12 * 60 * 60 * 1000);
    assertEquals(await viewer.isOver(), true);
  });
});
