import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { JobEndAnswer, SubmitAnswer, SubmitOutcome } from "../../../http/api/submit_types.ts";
import { roundsHaveCome } from "../../../transport/event_loop.ts";
import { CheckedApi } from "./checked_api.ts";

const NDJSON = { "content-type": "application/x-ndjson" };
const EVENTS = { accept: "text/event-stream" };

describe("POST /jobs", () => {
  test("submits a background job with all that it may say", async () => {
    using api = await CheckedApi.open();
    const at = new Date(api.clock.epoch() + 5000).toISOString();
    const bytes = { functionBase64: "/w==", uniqueBase64: "/g==", payloadBase64: "AP8=" };
    const { handle } = await api.json<SubmitAnswer>("POST", "/jobs", {
      body: { ...bytes, priority: "high", at },
      status: 202,
    });
    const job = api.router.jobByHandle(handle)!;
    assertEquals([...job.func.name, job.priority, job.background], [255, "high", true]);
    assertEquals([job.unique, [...job.payload]], ["%FE", [0, 255]]);
    assertEquals(job.due, api.clock.epoch() + 5000);
  });

  test("says what is wrong with a job", async () => {
    using api = await CheckedApi.open();
    for (
      const wrong of [
        {},
        [],
        "f",
        { function: "" },
        { function: "f\0" },
        { function: "x".repeat(513) },
        { function: "f", unique: "u".repeat(65) },
        { function: "f", functionBase64: "Zg==" },
        { functionBase64: "!" },
        { function: "f", priority: "urgent" },
        { function: "f", at: "tomorrow" },
        { function: "f", at: "2030-01-01T00:00:00Z", background: false },
        { function: "f", constructor: "x" },
      ]
    ) {
      const body = JSON.stringify(wrong);
      await api.ask("POST", "/jobs", { body, status: 400 });
    }
    await api.ask("POST", "/jobs", { body: '{"function": "f", "__proto__": "x"}', status: 400 });
    assertEquals(api.router.jobs.size, 0);
  });

  test("answers as the router does: 429 if the queue is full, 503 if it cannot at the moment", async () => {
    using api = await CheckedApi.open();
    api.router.operations.limit(new TextEncoder().encode("f"), [1, 1, 1], null);
    const body = { function: "f" };
    await api.ask("POST", "/jobs", { body, status: 202 });
    await api.ask("POST", "/jobs", { body, status: 429 });
    api.router.isLoading = true;
    await api.ask("POST", "/jobs", { body, status: 503 });
  });

  test("waits for a job that is in the foreground", async () => {
    using api = await CheckedApi.open();
    const worker = api.peer().canDo("f");
    const submit = () =>
      api.json<JobEndAnswer>("POST", "/jobs", { body: { function: "f", background: false } });
    const ends = [
      [["WORK_COMPLETE", "\xffok"], {
        outcome: "completed",
        result: "\\xffok",
        resultBase64: "/29r",
      }],
      [["WORK_EXCEPTION", "no disk"], { outcome: "exception", text: "no disk" }],
      [["WORK_FAIL"], { outcome: "failed" }],
    ] as const;
    for (const [[type, ...data], expected] of ends) {
      const answer = submit();
      const handle = await grabbed(worker);
      worker.send(type, handle, ...data);
      assertEquals(await answer, { handle, ...expected });
    }
  });

  test("streams what becomes of a job to whoever takes events", async () => {
    using api = await CheckedApi.open();
    const worker = api.peer().canDo("f");
    const body = { function: "f", background: false };
    const response = await api.ask("POST", "/jobs", { body, headers: EVENTS });
    const [handle] = worker.grab()!;
    worker.send("WORK_DATA", handle, "one\ntwo");
    worker.send("WORK_WARNING", handle, "\xff");
    worker.send("WORK_STATUS", handle, "1", "2");
    worker.send("WORK_COMPLETE", handle, "done");
    assertEquals(
      await response.text(),
      [
        `event: created\ndata: {"handle":"${handle}"}\n\n`,
        'event: data\ndata: {"data":"one\\ntwo"}\n\n',
        'event: warning\ndata: {"data":"\\\\xff","dataBase64":"/w=="}\n\n',
        'event: status\ndata: {"numerator":1,"denominator":2}\n\n',
        'event: complete\ndata: {"result":"done"}\n\n',
      ].join(""),
    );
    assertEquals(api.router.programs.size, 0);
  });

  test("lets go of the job of a client that leaves", async () => {
    using api = await CheckedApi.open();
    const body = { function: "f", background: false };
    const streamed = await api.ask("POST", "/jobs", { body, headers: EVENTS });
    assertEquals(api.router.jobs.size, 1);
    await streamed.body!.cancel();
    assertEquals(api.router.jobs.size, 0);
    const gone = new AbortController();
    const waiting = api.ask("POST", "/jobs", { body, signal: gone.signal, status: 503 });
    while (api.router.jobs.size === 0) await roundsHaveCome();
    gone.abort();
    await waiting.catch(() => {});
    assertEquals([api.router.jobs.size, api.router.programs.size], [0, 0]);
  });

  test("ends the waiting when the server stops", async () => {
    using api = await CheckedApi.open();
    const body = { function: "f", background: false };
    const response = await api.ask("POST", "/jobs", { body, headers: EVENTS });
    api.app.close();
    assertEquals(
      (await response.text()).endsWith('event: lost\ndata: {"reason":"The server stops"}\n\n'),
      true,
    );
  });

  test("takes many jobs, one a line, and answers one a line in the same order", async () => {
    using api = await CheckedApi.open();
    api.router.operations.limit(new TextEncoder().encode("full"), [1, 1, 1], null);
    const lines = [
      '{"function":"full"}',
      '{"function":"full"}',
      "",
      "{",
      '{"function":"f","background":false}',
      '{"function":"f","unique":"ü"}',
    ];
    const response = await api.ask("POST", "/jobs", { body: lines.join("\n"), headers: NDJSON });
    const outcomes = (await response.text()).trim().split("\n").map((line): SubmitOutcome =>
      JSON.parse(line)
    );
    for (const outcome of outcomes) api.check("/components/schemas/SubmitOutcome", outcome);
    assertEquals(outcomes.map((outcome) => "status" in outcome ? outcome.status : 202), [
      202,
      429,
      400,
      400,
      202,
    ]);
    assertEquals(api.router.jobs.size, 2);
  });

  test("reads no more jobs from a client than it has read outcomes", async () => {
    using api = await CheckedApi.open();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent++;
        controller.enqueue(new TextEncoder().encode('{"function":"f"}\n{"function"'));
        controller.enqueue(new TextEncoder().encode(':"g"}\n'));
      },
    }, { highWaterMark: 0 });
    const response = await api.ask("POST", "/jobs", { body, headers: NDJSON });
    const reader = response.body!.getReader();
    for (let chunk = 0; chunk < 6; chunk++) await reader.read();
    for (let round = 0; round < 20; round++) await roundsHaveCome();
    assertEquals(sent <= 6 && api.router.jobs.size <= 12, true);
    await reader.cancel();
  });
});

async function grabbed(worker: ReturnType<CheckedApi["peer"]>): Promise<string> {
  for (;;) {
    const [handle] = worker.grab() ?? [];
    if (handle !== undefined) return handle;
    await new Promise((resolve) => setTimeout(resolve));
  }
}
