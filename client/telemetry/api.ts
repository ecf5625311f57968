/**
 * Of OpenTelemetry's JavaScript API what is used here. The package is not needed for it: whoever has
 * an SDK has registered that under a name which all versions 1.x of the API share.
 *
 * @module
 */

/**
 * Where spans and metrics go: the module `@opentelemetry/api`, or the providers of an SDK as
 * `{ trace, metrics }`. Without one of the two there are no spans, or no metrics.
 */
export interface TelemetryApi {
  /** Makes tracers. */
  readonly trace?: { getTracer(name: string, version?: string): object };
  /** Makes meters. */
  readonly metrics?: { getMeter(name: string, version?: string): object };
}

/** What a span or a measurement is about, by the names of the conventions. */
export type Attributes = Record<string, string | number>;

/** How a span begins. */
export interface SpanOptions {
  readonly kind: number;
  readonly attributes: Attributes;
  /** Has it no parent? */
  readonly root?: boolean;
}

/** An operation that has begun. */
export interface Span {
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  end(): void;
}

/** Makes spans, as children of the one that is active. */
export interface Tracer {
  startSpan(name: string, options: SpanOptions): Span;
  /** The span is active in `run` and in all that this awaits. */
  startActiveSpan<Result>(name: string, options: SpanOptions, run: (span: Span) => Result): Result;
}

/** How an instrument is made. */
interface InstrumentOptions {
  readonly description: string;
  readonly unit: string;
  readonly advice?: { readonly explicitBucketBoundaries: number[] };
}

/** Makes instruments. */
export interface Meter {
  createHistogram(name: string, options: InstrumentOptions): Histogram;
  createCounter(name: string, options: InstrumentOptions): Counter;
}

/** Counts measurements by their size. */
export interface Histogram {
  record(value: number, attributes: Attributes): void;
}

/** A sum that only grows. */
export interface Counter {
  add(value: number, attributes: Attributes): void;
}

/** Tells an SDK something. What it throws is the program's affair, and changes no job. */
export function tell(action: () => void): void {
  try {
    action();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

const REGISTERED = Symbol.for("opentelemetry.js.api.1");

/** What the program's SDK has registered; undefined without one. */
export function registeredApi(): TelemetryApi | undefined {
  return (globalThis as { readonly [REGISTERED]?: TelemetryApi })[REGISTERED];
}
