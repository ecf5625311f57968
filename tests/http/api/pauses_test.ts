import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { PausedAnswer } from "../../../http/api/pause_types.ts";
import type { ConnectionAnswer, FunctionAnswer, Page } from "../../../http/api/types.ts";
import { encodeName } from "../../../protocol/mod.ts";
import { CheckedApi } from "./checked_api.ts";

const NOW = 1_700_000_000_000;
const iso = (time: number) => new Date(time).toISOString();

describe("a pause by HTTP", () => {
  test("holds the jobs of a function until it is over or resumed, and is told", async () => {
    using api = await CheckedApi.open();
    const worker = api.peer().canDo("a/b").send("PRE_SLEEP");
    const body = { seconds: 600, reason: "new version" };
    await api.ask("PUT", "/functions/a%2Fb/pause", { body, status: 204 });
    api.router.enqueueJob({ function: "a/b" });
    assertEquals(worker.types(), []);
    const pause = { since: iso(NOW), until: iso(NOW + 600_000), by: "HTTP", reason: "new version" };
    const func: FunctionAnswer = await api.get("/functions/a%2Fb");
    assertEquals([func.paused, func.pause], [true, pause]);
    const { items }: Page<PausedAnswer> = await api.get("/pauses");
    assertEquals(items, [{ function: "a/b", ...pause }]);
    await api.ask("DELETE", "/functions/a%2Fb/pause", { status: 204 });
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals((await api.get<FunctionAnswer>("/functions/a%2Fb")).pause, null);
    await api.ask("DELETE", "/functions/a%2Fb/pause", { status: 409 });
  });

  test("is one of any name, with or without an end and a reason, listed in pages", async () => {
    using api = await CheckedApi.open();
    for (const name of ["c", "a", "b"]) {
      await api.ask("PUT", `/function/pause?name=${name}`, { body: {}, status: 204 });
    }
    await api.ask("PUT", "/function/pause?name=%FF", { body: { seconds: null }, status: 204 });
    const first: Page<PausedAnswer> = await api.get("/pauses?limit=1");
    assertEquals(first.items, [{
      function: "\\xff",
      functionBase64: btoa("\xff"),
      since: iso(NOW),
      until: null,
      by: "HTTP",
      reason: "",
    }]);
    const next = encodeURIComponent(first.next!);
    const second: Page<PausedAnswer> = await api.get(`/pauses?cursor=${next}`);
    assertEquals([second.items.map((pause) => pause.function), second.next], [
      ["a", "b", "c"],
      null,
    ]);
  });

  test("is refused if it is none, or where nothing may be ordered", async () => {
    using api = await CheckedApi.open();
    for (
      const body of [
        { seconds: 0 },
        { seconds: -1 },
        { seconds: 1e12 },
        { seconds: "1" },
        { reason: 7 },
        { reason: "x".repeat(201) },
        { until: "2030-01-01" },
        [],
      ]
    ) await api.ask("PUT", "/functions/f/pause", { body, status: 400 });
    assertEquals((await api.get<Page<PausedAnswer>>("/pauses")).items, []);
    using closed = await CheckedApi.open({ readOnly: true });
    await closed.ask("PUT", "/functions/f/pause", { body: {}, status: 403 });
    await closed.ask("POST", "/connections/1/quiet", { status: 403 });
    await closed.ask("POST", "/jobs/H:test:1/run", { status: 403 });
  });
});

describe("a quiet worker, by HTTP,", () => {
  test("gets no jobs until it may again", async () => {
    using api = await CheckedApi.open();
    const worker = api.peer().canDo("f").send("PRE_SLEEP");
    const { id } = worker.connection;
    await api.ask("POST", `/connections/${id}/quiet`, { status: 204 });
    api.router.enqueueJob({ function: "f" });
    assertEquals(worker.types(), []);
    const { items: [told] }: Page<ConnectionAnswer> = await api.get("/workers");
    assertEquals([told.quiet, told.sleeping], [true, true]);
    await api.ask("DELETE", `/connections/${id}/quiet`, { status: 204 });
    assertEquals(worker.types(), ["NOOP"]);
    await api.ask("POST", "/connections/77/quiet", { status: 404 });
  });
});

describe("the due time of a job, by HTTP,", () => {
  test("is moved, or is now", async () => {
    using api = await CheckedApi.open();
    const submit = () => api.router.enqueueJob({ function: "f", at: new Date(NOW + 60_000) })!;
    const [moved, run] = [submit(), submit()];
    const body = { at: iso(NOW + 10_000) };
    await api.ask("PUT", `/jobs/${moved.handle}/due`, { body, status: 204 });
    await api.ask("POST", `/jobs/${run.handle}/run`, { status: 204 });
    const func = api.router.functions.find(encodeName("f"), 0, 1)!;
    assertEquals([func.waiting, moved.due], [1, NOW + 10_000]);
    await api.ask("POST", `/jobs/${run.handle}/run`, { status: 409 });
    await api.ask("PUT", `/jobs/${moved.handle}/due`, { body: {}, status: 400 });
    await api.ask("PUT", `/jobs/${moved.handle}/due`, { body: { at: "soon" }, status: 400 });
    await api.ask("POST", "/jobs/H:test:none/run", { status: 404 });
    api.clock.advance(10_000);
    assertEquals(func.waiting, 2);
  });
});
