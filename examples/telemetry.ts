/**
 * What OpenTelemetry is told of jobs: a client, a worker and a server in one process, and an SDK whose
 * spans and metrics are printed. A program of yours registers its SDK, which sends them to a collector,
 * and gives no `telemetry`: clients and workers find it by themselves.
 *
 * ```sh
 * deno run --allow-env examples/telemetry.ts Gearman geartrain
 * bun examples/telemetry.ts Gearman geartrain
 * ```
 *
 * @module
 */
import {
  AggregationTemporality,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import process from "node:process";
import { Client, Server, type TelemetryApi, Worker } from "@geartrain/server";

const spans = new InMemorySpanExporter();
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const trace = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const metrics = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: measured })],
});
const telemetry: TelemetryApi = { trace, metrics };

const server = new Server();
const client = new Client({ servers: [server], telemetry });
const worker = new Worker({
  servers: [server],
  functions: {
    upper(job) {
      if (job.payload.length === 0) throw new RangeError("nothing to do");
      return job.text().toUpperCase();
    },
  },
  telemetry,
});

for (const word of process.argv.slice(2)) {
  await client.submit("upper", word).text().catch(() => {});
}
await worker.stop();
await client.close();
await server.stop();
await metrics.forceFlush();

for (const { name, attributes } of spans.getFinishedSpans()) {
  const { "messaging.message.body.size": size, "error.type": error = "no error" } = attributes;
  console.log(`${name}: ${size} bytes, ${error}`);
}
for (const { descriptor, dataPoints } of measured.getMetrics()[0].scopeMetrics[0].metrics) {
  const count = dataPoints
    .map(({ value }) => typeof value === "number" ? value : (value as Histogram).count)
    .reduce((sum, value) => sum + value, 0);
  console.log(`${descriptor.name}: ${count}`);
}
await trace.shutdown();
await metrics.shutdown();
