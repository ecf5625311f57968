import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { FakePeer } from "../support/fake_peer.ts";
import { TestApp } from "../support/http_app.ts";
import { roundsHaveCome } from "../../transport/event_loop.ts";

const SAME_ORIGIN = { "sec-fetch-site": "same-origin" };

describe("gearmand's HTTP form", () => {
  test("answers with the result, and with the data before it", async () => {
    using app = new App();
    for (const method of ["POST", "PUT"]) {
      const response = app.post("/reverse%20it?x=1", { method, body: "hello" });
      const handle = await app.grabbed("reverse it");
      app.worker.send("WORK_DATA", handle, "ol").send("WORK_COMPLETE", handle, "leh");
      const { status, headers } = await response;
      assertEquals([status, headers.get("x-gearman-command")], [200, "WORK_COMPLETE"]);
      assertEquals(headers.get("x-gearman-job-handle"), handle);
      assertEquals(await (await response).text(), "olleh");
    }
  });

  test("says what became of a job that failed", async () => {
    using app = new App();
    for (
      const [type, detail] of [["WORK_FAIL", "The job failed"], [
        "WORK_EXCEPTION",
        "no disk",
      ]] as const
    ) {
      const response = app.post("/f", { body: type });
      const handle = await app.grabbed("f");
      app.worker.send(type, handle, ...(type === "WORK_FAIL" ? [] : [detail]));
      const { status, headers } = await response;
      assertEquals([status, headers.get("x-gearman-command")], [500, type]);
      assertEquals((await (await response).json()).detail, detail);
    }
  });

  test("takes the unique by its bytes", async () => {
    using app = new App();
    const headers = { "X-Gearman-Background": "true", "X-Gearman-Unique": "\xc3\xbc" };
    const response = await app.post("/f", { body: "x", headers });
    const job = app.router.jobByHandle(response.headers.get("x-gearman-job-handle")!)!;
    assertEquals(job.unique, "\xc3\xbc");
  });

  test("takes background jobs, uniques and priorities by headers", async () => {
    using app = new App();
    const background = { "X-Gearman-Background": "true" };
    const response = await app.post("/f", {
      body: "x",
      headers: { ...background, "X-Gearman-Unique": "u", "X-Gearman-Priority": "high" },
    });
    assertEquals([response.status, response.headers.get("x-gearman-command")], [
      202,
      "JOB_CREATED",
    ]);
    const job = app.router.jobByHandle(response.headers.get("x-gearman-job-handle")!)!;
    assertEquals([job.unique, job.priority, job.background], ["u", "high", true]);
    const [one, same, other] = [
      await app.post("/f", { body: "same", headers: background }),
      await app.post("/f", { body: "same", headers: background }),
      await app.post("/f", { body: "other", headers: background }),
    ].map(({ headers }) => headers.get("x-gearman-job-handle"));
    assertEquals([one === same, one === other], [true, false]);
    const wrong = await app.post("/f", { headers: { "X-Gearman-Priority": "urgent" } });
    assertEquals([wrong.status, wrong.headers.get("content-type")], [
      400,
      "application/problem+json",
    ]);
  });

  test("means no job by our own paths, and orders nothing by GET", async () => {
    using app = new App();
    for (const path of ["/", "/api/v1/jobs/x/y", "/metrics", "/healthz", "/assets/x"]) {
      assertEquals((await app.post(path, { body: "x" })).status, 404, path);
    }
    assertEquals((await app.ask("/f")).status, 404);
    assertEquals(app.router.functions.size, 0);
  });

  test("lets go of the job of a client that leaves", async () => {
    using app = new App();
    const gone = new AbortController();
    const response = app.post("/f", { body: "x", signal: gone.signal });
    while (app.router.jobs.size === 0) await roundsHaveCome();
    gone.abort();
    await response.catch(() => {});
    assertEquals(app.router.jobs.size, 0);
  });
});

class App extends TestApp implements Disposable {
  worker = new FakePeer(this.router);

  post(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...SAME_ORIGIN, ...init.headers as Record<string, string> };
    return this.ask(path, { method: "POST", ...init, headers });
  }

  async grabbed(name: string): Promise<string> {
    this.worker.canDo(name);
    for (;;) {
      const [handle] = this.worker.grab() ?? [];
      if (handle !== undefined) return handle;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  [Symbol.dispose](): void {
    this.close();
    this.router.close();
  }
}
