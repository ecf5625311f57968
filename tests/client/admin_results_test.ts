import { describe, test } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import { Admin, Client, CommandRefusedError, Worker } from "../../mod.ts";
import { ManualClock, testServer } from "../../testing/mod.ts";

const START = Date.UTC(2026, 10, 30, 2, 0);

describe("an admin", () => {
  test("tells the result of a background job: none while the job lives", async () => {
    const clock = new ManualClock(START);
    await using server = await testServer({ clock, policies: { "*": { keepResult: "1h" } } });
    await using admin = new Admin(server);
    const handle = await server.enqueue({ function: "bytes", payload: "" });
    assertEquals(await admin.result(handle), undefined);
    const ended = Promise.withResolvers<void>();
    server.on("jobFinished", () => ended.resolve());
    await using _worker = new Worker({
      servers: [server],
      functions: { bytes: () => Uint8Array.of(0, 255, 10) },
    });
    await ended.promise;
    assertEquals(await admin.result(handle), {
      function: "bytes",
      ended: START,
      until: START + 3600 * 1000,
      data: Uint8Array.of(0, 255, 10),
    });
    await using client = new Client({ servers: [server] });
    const { known, running, numerator, denominator } = await client.status(handle);
    assertEquals([known, running, numerator, denominator], [true, false, 1, 1]);
    clock.advance(3600 * 1000);
    const error = await assertRejects(() => admin.result(handle), CommandRefusedError);
    assertEquals(error.code, "UNKNOWN_RESULT");
  });
});
