import { describe, test } from "node:test";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { MOST_ORDERS, MOST_STREAMS } from "../../http/lasting.ts";
import { HTTP_CONNECTIONS } from "../../transport/http/limits.ts";
import { TestApp } from "../support/http_app.ts";

const EVENTS = "/api/v1/events";
const OWN_PAGE = { "sec-fetch-site": "same-origin" };

async function untilFull(
  ask: () => Promise<Response>,
): Promise<{ count: number; refusal: Response }> {
  for (let count = 0;; count++) {
    const response = await ask();
    if (response.status === 503) return { count, refusal: response };
  }
}

describe("what may last", () => {
  test("leaves connections to others", () => {
    assertEquals(MOST_STREAMS + MOST_ORDERS < HTTP_CONNECTIONS, true);
  });

  test("is not more than so many streams of events at a listener", async () => {
    const app = new TestApp();
    app.place = { hostname: "127.0.0.1" };
    const end = Promise.withResolvers<void>();
    app.ended = end.promise;
    const { count, refusal } = await untilFull(() => app.ask(EVENTS));
    assertEquals(count, MOST_STREAMS);
    assertEquals(refusal.headers.get("retry-after"), "10");
    assertStringIncludes((await refusal.json()).detail, "Too many watch already");
    for (const path of ["/healthz", "/metrics", "/api/v1/server"]) {
      assertEquals(await app.status(path), 200);
    }
    assertEquals(
      await app.status("/api/v1/jobs/none", { method: "DELETE", headers: OWN_PAGE }),
      404,
    );
    end.resolve();
    await end.promise;
    assertEquals((await app.ask(EVENTS)).status, 200);
    app.close();
  });

  test("is not more than so many orders at a listener", async () => {
    const app = new TestApp();
    app.place = { hostname: "127.0.0.1" };
    const order = { method: "DELETE", headers: OWN_PAGE };
    const { count } = await untilFull(() => app.ask("/api/v1/jobs/none", order));
    assertEquals(count, MOST_ORDERS);
    assertEquals(await app.status("/healthz"), 200);
    app.place = { hostname: "127.0.0.1" };
    assertEquals(await app.status("/api/v1/jobs/none", order), 404);
    app.close();
  });
});
