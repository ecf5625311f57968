import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { CancelAnswer, ServerAnswer } from "../../../http/api/types.ts";
import { ERRORS } from "../../../protocol/mod.ts";
import { nextRound } from "../../../transport/event_loop.ts";
import { CheckedApi } from "./checked_api.ts";

describe("an order by HTTP", () => {
  test("cancels a job", async () => {
    using api = await CheckedApi.open();
    const client = api.peer();
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    await api.ask("DELETE", `/jobs/${handle}`, { status: 204 });
    assertEquals(client.packets().map(({ type }) => type), ["WORK_FAIL"]);
    await api.ask("DELETE", `/jobs/${handle}`, { status: 404 });
  });

  test("cancels all jobs that are meant, after it has counted them", async () => {
    using api = await CheckedApi.open();
    for (let index = 0; index < 3000; index++) {
      api.router.enqueueJob({ function: index % 3 === 0 ? "f" : "g", unique: `u${index}` });
    }
    const cancel = async (body: object, status = 200) => {
      let isDone = false;
      const answer = api.json<CancelAnswer>("POST", "/jobs/cancel", { body, status });
      answer.finally(() => isDone = true);
      // Thousands of jobs end in turns.
      for (; !isDone; api.clock.advance(1)) await nextRound();
      return await answer;
    };
    assertEquals(await cancel({ function: "g", dryRun: true }), { matched: 2000, cancelled: 0 });
    assertEquals(api.router.jobs.size, 3000);
    assertEquals(await cancel({ unique: "u1", dryRun: false }), { matched: 1, cancelled: 1 });
    assertEquals(await cancel({ function: "f", dryRun: false }), {
      matched: 1000,
      cancelled: 1000,
    });
    const rest = cancel({ functionBase64: btoa("g"), dryRun: false });
    assertEquals(await rest, { matched: 1999, cancelled: 1999 });
    assertEquals(api.router.jobs.size, 0);
    for (
      const wrong of [
        { dryRun: true },
        { function: "f" },
        { function: "f", dryRun: 1 },
        { fnction: "f", dryRun: true },
        { function: 7, dryRun: true },
        [],
      ]
    ) await cancel(wrong, 400);
    await cancel({ payload: "x", dryRun: true }, 403);
    await api.ask("POST", "/jobs/cancel", { body: "{", status: 400 });
  });

  test("limits a function, and drops one that nobody uses", async () => {
    using api = await CheckedApi.open();
    const body = { high: 1, normal: 2, low: 0 };
    await api.ask("PUT", "/functions/a%2Fb%20c/max-queue", { body, status: 204 });
    const job = api.router.enqueueJob({ function: "a/b c" })!;
    assertEquals(job.func.maxQueue, [1, 2, 0]);
    await api.ask("DELETE", "/functions/a%2Fb%20c", { status: 409 });
    api.router.operations.cancel(job, null);
    await api.ask("DELETE", "/functions/a%2Fb%20c", { status: 204 });
    await api.ask("DELETE", "/functions/a%2Fb%20c", { status: 404 });
    const long = `/functions/${"x".repeat(513)}/max-queue`;
    await api.ask("PUT", long, { body, status: 400 });
    await api.ask("PUT", "/functions/f/max-queue", { body: { high: 1.5 }, status: 400 });
    await api.ask("PUT", "/functions/f/max-queue", { body: { high: -1 }, status: 400 });
  });

  test("drains the server until it is told not to", async () => {
    using api = await CheckedApi.open();
    await api.ask("POST", "/server/drain", { status: 204 });
    const draining: ServerAnswer = await api.get("/server");
    assertEquals([draining.draining, draining.ready], [true, false]);
    assertEquals(await api.app.status("/readyz"), 503);
    assertEquals(api.router.submit({ function: "f" }, null), ERRORS.draining);
    await api.ask("POST", "/jobs", { body: { function: "f" }, status: 503 });
    await api.ask("DELETE", "/server/drain", { status: 204 });
    assertEquals(await api.app.status("/readyz"), 200);
  });

  test("is refused where nothing may be ordered", async () => {
    using api = await CheckedApi.open({ readOnly: true });
    const handle = api.peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const body = { function: "f", dryRun: false };
    await api.ask("DELETE", `/jobs/${handle}`, { status: 403 });
    await api.ask("POST", "/jobs/cancel", { body, status: 403 });
    await api.ask("POST", "/jobs", { body: { function: "f" }, status: 403 });
    await api.ask("POST", "/server/drain", { status: 403 });
    await api.ask("DELETE", "/functions/f", { status: 403 });
    assertEquals(await api.app.status("/f", { method: "POST", body: "x" }), 403);
    assertEquals(api.router.jobs.size, 1);
    assertEquals((await api.get<ServerAnswer>("/server")).readOnly, true);
  });
});
