/**
 * OpenTelemetry's own SDK, whose exporters keep in memory what they get.
 *
 * @module
 */
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base";

/** What clients and workers are given as `telemetry`, and what has come by that. */
export class Collected implements AsyncDisposable {
  readonly #spans = new InMemorySpanExporter();
  readonly #metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly trace: BasicTracerProvider;
  readonly metrics = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter: this.#metrics })],
  });

  /** @param processor gets the spans instead. */
  constructor(processor?: SpanProcessor) {
    const spanProcessors = [processor ?? new SimpleSpanProcessor(this.#spans)];
    this.trace = new BasicTracerProvider({ spanProcessors });
  }

  /** The spans that have ended, by name; those of the same name in their order. */
  get spans(): ReadableSpan[] {
    return this.#spans.getFinishedSpans().toSorted((a, b) => a.name < b.name ? -1 : 1);
  }

  /** The metrics by name. */
  async measured(): Promise<Map<string, MetricData>> {
    this.#metrics.reset();
    await this.metrics.forceFlush();
    const [{ scopeMetrics }] = this.#metrics.getMetrics();
    return new Map(
      scopeMetrics.flatMap(({ metrics }) => metrics.map((data) => [data.descriptor.name, data])),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.trace.shutdown();
    await this.metrics.shutdown();
  }
}
