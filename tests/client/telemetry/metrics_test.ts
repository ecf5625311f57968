import type { Histogram, MetricData } from "@opentelemetry/sdk-metrics";
import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, Worker } from "../../../mod.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { startServer } from "../../support/server.ts";
import { Collected } from "./collected.ts";

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const UNITS = {
  "messaging.client.operation.duration": "s",
  "messaging.process.duration": "s",
  "messaging.client.sent.messages": "{message}",
  "messaging.client.consumed.messages": "{message}",
};

/** By function, operation and error: how many, and of durations their sum. */
function pointsOf({ dataPoints }: MetricData): [string, number, number?][] {
  return dataPoints.map(({ attributes, value }): [string, number, number?] => {
    const { "messaging.operation.name": operation, "messaging.destination.name": name } =
      attributes;
    const key = `${operation} ${name} ${attributes["error.type"] ?? ""}`.trim();
    if (typeof value === "number") return [key, value];
    const { count, sum } = value as Histogram;
    return [key, count, sum];
  }).sort(([a], [b]) => a < b ? -1 : 1);
}

describe("metrics", () => {
  test("count and time jobs on both sides, by function, operation and error", async () => {
    await using server = startServer();
    await using telemetry = new Collected();
    const clock = new ManualClock();
    const options = { servers: [`127.0.0.1:${server.port}`], telemetry, clock };
    await using client = new Client(options);
    await using worker = new Worker({
      ...options,
      clientId: "w",
      functions: {
        good: () => clock.advance(250),
        bad: () => {
          clock.advance(2000);
          throw new RangeError("no");
        },
      },
    });
    await client.submit("good");
    await client.submit("good");
    await assertRejects(() => client.submit("bad").text());
    await client.submit("none", "", { background: true });
    await assertRejects(() => client.submit("none", "", { background: true, unique: "\0" }));
    await worker.stop();

    const metrics = await telemetry.measured();
    assertEquals(
      Object.fromEntries([...metrics].map(([name, { descriptor }]) => [name, descriptor.unit])),
      UNITS,
    );
    const points = (name: keyof typeof UNITS) => pointsOf(metrics.get(name)!);
    assertEquals(points("messaging.client.operation.duration"), [
      ["call bad JobExceptionError", 1, 2],
      ["call good", 2, 0.5],
      ["submit none", 1, 0],
      ["submit none TypeError", 1, 0],
    ]);
    assertEquals(points("messaging.client.sent.messages"), [
      ["call bad", 1],
      ["call good", 2],
      ["submit none", 1],
      ["submit none TypeError", 1],
    ]);
    assertEquals(points("messaging.process.duration"), [
      ["process bad RangeError", 1, 2],
      ["process good", 2, 0.5],
    ]);
    assertEquals(points("messaging.client.consumed.messages"), [
      ["process bad", 1],
      ["process good", 2],
    ]);
    for (const { dataPoints } of metrics.values()) {
      for (const { attributes, value } of dataPoints) {
        // What differs from job to job, and from process to process, would make too many series.
        assert(!("messaging.message.id" in attributes || "messaging.client.id" in attributes));
        assertEquals(attributes["messaging.system"], "gearman");
        if (typeof value !== "number") {
          assertEquals((value as Histogram).buckets.boundaries, BUCKETS);
        }
      }
    }
  });
});
