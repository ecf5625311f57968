import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, JobFailedError, Worker } from "../../../mod.ts";
import { parseServerAddress } from "../../../client/server_address.ts";
import { serverAttributes } from "../../../client/telemetry/conventions.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { startServer } from "../../support/server.ts";
import { testWithEachServer } from "../any_server.ts";
import { Collected } from "./collected.ts";

const upper = (job: { text(): string }) => job.text().toUpperCase();

/** What all spans of an operation have. */
function operation(name: string, type: string, functionName: string, port: number) {
  return {
    "messaging.system": "gearman",
    "messaging.operation.name": name,
    "messaging.operation.type": type,
    "messaging.destination.name": functionName,
    "server.address": "127.0.0.1",
    "server.port": port,
  };
}

/** The name, kind and failure of a span. */
function shape({ name, kind, status, attributes }: ReadableSpan) {
  const isError = status.code === SpanStatusCode.ERROR;
  return [name, SpanKind[kind], isError ? status.message : null, attributes["error.type"]];
}

describe("spans", () => {
  testWithEachServer("say what happened to a job on both sides", async (port) => {
    await using telemetry = new Collected();
    const servers = [`127.0.0.1:${port}`];
    await using client = new Client({ servers, telemetry });
    const job = client.submit("upper", "größe");
    await using worker = new Worker({
      servers,
      telemetry,
      clientId: "shouter",
      maxJobs: 2,
      functions: { upper },
    });
    assertEquals(await job.text(), "GRÖSSE");
    const handle = await job.handle;
    const inBackground = await client.submit("upper", "", { background: true });
    await worker.finished;
    const spans = telemetry.spans;
    const facts = (id: string, size: number) => ({
      "messaging.message.id": id,
      "messaging.message.body.size": size,
    });
    const call = { ...operation("call", "send", "upper", port), ...facts(handle, 7) };
    const submit = { ...operation("submit", "send", "upper", port), ...facts(inBackground, 0) };
    const processed = {
      ...operation("process", "process", "upper", port),
      "messaging.client.id": "shouter",
    };
    assertEquals(spans.map(({ attributes }) => attributes), [
      call,
      { ...processed, ...facts(handle, 7) },
      { ...processed, ...facts(inBackground, 0) },
      submit,
    ]);
    assertEquals(spans.map(shape), [
      ["call upper", "CLIENT", null, undefined],
      ["process upper", "CONSUMER", null, undefined],
      ["process upper", "CONSUMER", null, undefined],
      ["submit upper", "CLIENT", null, undefined],
    ]);
    for (const { instrumentationScope } of spans) {
      assertEquals(instrumentationScope.name, "@geartrain/server");
    }
  });

  test("have the error that ended the job, on both sides", async () => {
    await using server = startServer();
    await using telemetry = new Collected();
    const servers = [server.server];
    await using _worker = new Worker({
      servers,
      telemetry,
      functions: {
        f1: () => Promise.reject(new RangeError("too far")),
        f2: () => Promise.reject(new JobFailedError("not today")),
        f3: () => Promise.reject("a text"),
      },
    });
    await using client = new Client({ servers, telemetry });
    for (const name of ["f1", "f2", "f3"]) {
      await assertRejects(() => client.submit(name, "").text(), JobFailedError);
    }
    assertEquals(telemetry.spans.map(shape), [
      ["call f1", "CLIENT", "The job threw: too far", "JobExceptionError"],
      ["call f2", "CLIENT", "The job failed", "JobFailedError"],
      ["call f3", "CLIENT", "The job threw: a text", "JobExceptionError"],
      ["process f1", "CONSUMER", "too far", "RangeError"],
      ["process f2", "CONSUMER", "not today", "JobFailedError"],
      ["process f3", "CONSUMER", "a text", "_OTHER"],
    ]);
    // In this process there is no address.
    for (const { attributes } of telemetry.spans) assert(!("server.address" in attributes));
  });

  test("end for a job that never got to a server, and for one that is given up", async () => {
    await using server = startServer();
    await using telemetry = new Collected();
    await using client = new Client({ servers: [server.server], telemetry });
    await assertRejects(() => client.submit("f", "", { background: true, unique: "\0" }));
    const enough = new AbortController();
    const job = client.submit("f", "", { signal: enough.signal });
    await job.handle;
    enough.abort();
    await assertRejects(() => job.text());
    const clock = new ManualClock();
    await using patient = new Client({ servers: [server.server], telemetry, clock });
    const late = patient.submit("g", "", { timeout: 1000 });
    await late.handle;
    clock.advance(1000);
    await assertRejects(() => late.text());
    assertEquals(telemetry.spans.map((span) => [span.name, span.attributes["error.type"]]), [
      ["call f", "AbortError"],
      ["call g", "JobTimeoutError"],
      ["submit f", "TypeError"],
    ]);
  });

  const addresses: [string, object][] = [
    ["gear.example", { "server.address": "gear.example", "server.port": 4730 }],
    ["[::1]:4731", { "server.address": "::1", "server.port": 4731 }],
    ["unix:/run/gearman.sock", { "server.address": "/run/gearman.sock" }],
  ];
  for (const [address, attributes] of addresses) {
    test(`name the server ${address}`, () => {
      assertEquals(serverAttributes(parseServerAddress(address)), attributes);
    });
  }
});

describe("the span of a submit", () => {
  test("is a child of the one that is active, that of a worker's function of none", async () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    assert(context.setGlobalContextManager(manager));
    try {
      await using server = startServer();
      await using telemetry = new Collected();
      const tracer = telemetry.trace.getTracer("program");
      const options = { servers: [server.server], telemetry };
      await using client = new Client(options);
      const whole = tracer.startSpan("whole");
      await context.with(trace.setSpan(context.active(), whole), async () => {
        await using _worker = new Worker({
          ...options,
          functions: {
            outer: async () => {
              tracer.startSpan("within").end();
              return await client.submit("inner").text();
            },
          },
        });
        await using _other = new Worker({ ...options, functions: { inner: () => "done" } });
        const job = client.submit("outer");
        assertEquals(await job.text(), "done");
      });
      whole.end();
      const byName = new Map(telemetry.spans.map((span) => [span.name, span]));
      const parentOf = (name: string) => byName.get(name)!.parentSpanContext?.spanId;
      const idOf = (name: string) => byName.get(name)!.spanContext().spanId;
      assertEquals(parentOf("call outer"), idOf("whole"));
      assertEquals(parentOf("process outer"), undefined);
      assertEquals(parentOf("within"), idOf("process outer"));
      assertEquals(parentOf("call inner"), idOf("process outer"));
      assertEquals(parentOf("process inner"), undefined);
    } finally {
      context.disable();
    }
  });
});
