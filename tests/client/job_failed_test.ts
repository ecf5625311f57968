import { describe, test } from "node:test";
import { assertEquals, assertInstanceOf } from "@std/assert";
import {
  Client,
  type FailedJob,
  JobFailedError,
  JobTimeoutError,
  jsonCodec,
  Server,
  Worker,
} from "../../mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { testWithEachServer } from "./any_server.ts";

/** What a hook was told, as soon as it is. */
class Told {
  readonly calls: { error: Error; job: FailedJob }[] = [];
  #next = Promise.withResolvers<void>();

  readonly hook = (error: Error, job: FailedJob): void => {
    this.calls.push({ error, job });
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  };

  /** Resolves when it has been told so often. */
  async times(count: number): Promise<void> {
    while (this.calls.length < count) await this.#next.promise;
  }
}

describe("onJobFailed", () => {
  testWithEachServer("is told of a background job that throws", async (port) => {
    const servers = [`127.0.0.1:${port}`];
    const told = new Told();
    await using _worker = new Worker({
      servers,
      functions: {
        page: () => {
          throw new RangeError("no such page");
        },
      },
      onJobFailed: told.hook,
    });
    await using client = new Client({ servers });
    const handle = await client.submit("page", "7", { background: true, unique: "p7" });
    await told.times(1);
    const [{ error, job }] = told.calls;
    assertInstanceOf(error, RangeError);
    const { handle: failed, functionName, unique, payload, server } = job;
    assertEquals(
      [error.message, failed, functionName, unique, new TextDecoder().decode(payload), server],
      ["no such page", handle, "page", "p7", "7", servers[0]],
    );
  });

  test("is told of all that fails a job, and of nothing else", async () => {
    await using server = new Server();
    const told = new Told();
    const clock = new ManualClock();
    await using _worker = new Worker({
      servers: [server],
      clock,
      codecs: { strict: jsonCodec<number, number>(), deliberate: jsonCodec(), wrong: jsonCodec() },
      functions: {
        strict: ({ input }) => input,
        deliberate: () => {
          throw new JobFailedError("Not this one");
        },
        wrong: () => {
          throw "a text";
        },
      },
      onJobFailed: told.hook,
    });
    await using client = new Client({ servers: [server] });
    assertEquals(await client.submit("strict", "1").text(), "1");
    await client.submit("strict", "{").then(() => {}, () => {});
    await client.submit("deliberate", "1").then(() => {}, () => {});
    await client.submit("wrong", "1").then(() => {}, () => {});
    assertEquals(told.calls.map(({ error, job }) => [error.constructor.name, job.functionName]), [
      ["SyntaxError", "strict"],
      ["JobFailedError", "deliberate"],
      ["Error", "wrong"],
    ]);
    const { message, cause } = told.calls[2].error;
    assertEquals([message, cause], ["a text", "a text"]);
  });

  test("is told when the time of a job is over", async () => {
    await using server = new Server();
    const told = new Told();
    const clock = new ManualClock();
    const begun = Promise.withResolvers<void>();
    await using _worker = new Worker({
      servers: [server],
      clock,
      jobTimeout: 1000,
      functions: {
        hang: () => {
          begun.resolve();
          return new Promise<never>(() => {});
        },
      },
      onJobFailed: told.hook,
    });
    server.enqueueJob({ function: "hang" });
    await begun.promise;
    clock.advance(1000);
    await told.times(1);
    assertInstanceOf(told.calls[0].error, JobTimeoutError);
  });

  test("is not told of a job whose server is lost: another worker gets it", async () => {
    const server = new Server();
    const told = new Told();
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    await using _worker = new Worker({
      servers: [server],
      functions: {
        wait: async ({ signal }) => {
          begun.resolve();
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          ended.resolve();
          throw signal.reason;
        },
      },
      onJobFailed: told.hook,
    });
    server.enqueueJob({ function: "wait" });
    await begun.promise;
    await server.stop();
    await ended.promise;
    await new Promise(setImmediate);
    assertEquals(told.calls, []);
  });
});
