import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { FakeCluster } from "../support/fake_cluster.ts";
import { TestApp } from "../support/http_app.ts";

describe("health by HTTP", () => {
  test("/healthz says that the process answers", async () => {
    const response = await new TestApp().ask("/healthz");
    assertEquals([response.status, await response.text()], [200, "ok\n"]);
    assertEquals(response.headers.get("cache-control"), "no-store");
  });

  test("/readyz says that the server serves", async () => {
    const response = await new TestApp().ask("/readyz");
    assertEquals([response.status, await response.text()], [200, "ready\n"]);
  });

  test("/readyz answers 503 with the reason while stored jobs are read, and when a stop has begun", async () => {
    const app = new TestApp();
    app.router.isLoading = true;
    const loading = await app.ask("/readyz");
    assertEquals(loading.status, 503);
    assertEquals(loading.headers.get("content-type"), "application/problem+json");
    assertEquals(await loading.json(), {
      type: "about:blank",
      title: "Service Unavailable",
      status: 503,
      detail: "Stored jobs are being read",
      code: "NOT_READY",
    });
    app.router.isLoading = false;
    assertEquals(await app.status("/readyz"), 200);
    app.router.hasStopBegun = true;
    assertEquals((await (await app.ask("/readyz")).json()).detail, "The server is stopping");
    assertEquals(await app.status("/healthz"), 200);
  });

  test("/readyz tells what is wrong with the engine of a shared queue, without names", async () => {
    const cluster = new FakeCluster();
    cluster.health = [
      { name: "dead_rows", value: 5, trouble: null },
      { name: "oldest_transaction_seconds", value: 70, trouble: "process 12 of app is open" },
    ];
    const response = await new TestApp({ cluster }).ask("/readyz");
    const text = "ready\nwarning: oldest_transaction_seconds is 70\n";
    assertEquals([response.status, await response.text()], [200, text]);
  });

  test("is told to whoever asks, with no token", async () => {
    const app = new TestApp({ tokens: [{ token: "a-secret-of-this-test" }] });
    assertEquals(await app.status("/healthz"), 200);
    assertEquals(await app.status("/readyz"), 200);
    assertEquals(await app.status("/elsewhere"), 401);
  });
});
