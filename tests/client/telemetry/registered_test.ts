import * as api from "@opentelemetry/api";
import { describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Client, Server, type TelemetryApi, Worker } from "../../../mod.ts";
import { completeOptions } from "../../../client/client_options.ts";
import { completeWorkerOptions } from "../../../client/worker_options.ts";
import { SentJob } from "../../../client/telemetry/sent_job.ts";
import { Telemetry } from "../../../client/telemetry/telemetry.ts";
import { Collected } from "./collected.ts";

const functions = { f: () => "done" };

/** Does a job in the foreground and one in the background. */
async function twoJobs(telemetry?: TelemetryApi | false): Promise<void> {
  await using server = new Server();
  const options = { servers: [server], telemetry };
  await using client = new Client(options);
  await using worker = new Worker({ ...options, functions, maxJobs: 2 });
  assertEquals(await client.submit("f").text(), "done");
  await client.submit("f", "", { background: true });
  await worker.finished;
}

/** Calls `action` while the program has an SDK. */
async function withSdk(action: (collected: Collected) => Promise<void>): Promise<void> {
  await using collected = new Collected();
  assert(api.trace.setGlobalTracerProvider(collected.trace));
  assert(api.metrics.setGlobalMeterProvider(collected.metrics));
  try {
    await action(collected);
  } finally {
    api.trace.disable();
    api.metrics.disable();
  }
}

describe("a program that has registered an SDK", () => {
  test("gets spans and metrics without asking for them", () =>
    withSdk(async (collected) => {
      await twoJobs();
      const names = collected.spans.map(({ name }) => name);
      assertEquals(names.slice(0, 3), ["call f", "process f", "process f"]);
      assertEquals((await collected.measured()).size, 4);
    }));

  test("gets none where it says so", () =>
    withSdk(async (collected) => {
      await twoJobs(false);
      assertEquals(collected.spans, []);
    }));

  test("may hand over the module of the API", () =>
    withSdk(async (collected) => {
      await twoJobs(api);
      assertEquals(collected.spans.length, 4);
    }));

  test("may want spans alone, or metrics alone", async () => {
    await using collected = new Collected();
    await twoJobs({ trace: collected.trace });
    assertEquals(collected.spans.length, 4);
    await twoJobs({ metrics: collected.metrics });
    assertEquals(collected.spans.length, 4);
    assertEquals((await collected.measured()).size, 4);
  });
});

describe("an SDK that throws", () => {
  test("is the program's affair, and changes no job", async () => {
    const trouble = new Error("the exporter is gone");
    await using collected = new Collected({
      onStart() {},
      onEnd() {
        throw trouble;
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    });
    const thrown: unknown[] = [];
    const { queueMicrotask } = globalThis;
    globalThis.queueMicrotask = (run) =>
      queueMicrotask(() => {
        try {
          run();
        } catch (error) {
          thrown.push(error);
        }
      });
    try {
      await twoJobs(collected);
    } finally {
      globalThis.queueMicrotask = queueMicrotask;
    }
    assertEquals(thrown, [trouble, trouble, trouble, trouble]);
  });
});

describe("a program without an SDK", () => {
  test("pays nothing: nothing of it is made, and none of its code runs", async () => {
    const servers = ["127.0.0.1"];
    assertEquals(completeOptions({ servers }).telemetry, null);
    assertEquals(completeWorkerOptions({ servers, functions }).telemetry, null);
    const restore: (() => void)[] = [];
    let calls = 0;
    for (const prototype of [Telemetry.prototype, SentJob.prototype] as object[]) {
      const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype))
        .filter(([name]) => name !== "constructor");
      assert(methods.length >= 2);
      for (const [name, method] of methods) {
        Object.defineProperty(prototype, name, { ...method, value: () => calls++ });
        restore.push(() => Object.defineProperty(prototype, name, method));
      }
    }
    try {
      await twoJobs();
      assertEquals(calls, 0);
    } finally {
      for (const undo of restore) undo();
    }
  });
});

describe("the option telemetry", () => {
  test("is an object or false", () => {
    for (const telemetry of [true, "api", 1, null]) {
      const options = { servers: ["127.0.0.1"], telemetry: telemetry as never };
      assertThrows(() => new Client(options), Error, "telemetry");
      assertThrows(() => new Worker({ ...options, functions }), Error, "telemetry");
    }
  });
});
