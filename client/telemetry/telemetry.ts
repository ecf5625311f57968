import type { Clock } from "../../router/mod.ts";
import { VERSION } from "../../version.ts";
import type { ServerPlace } from "../server_address.ts";
import {
  type Attributes,
  type Meter,
  registeredApi,
  type Span,
  type TelemetryApi,
  tell,
  type Tracer,
} from "./api.ts";
import {
  BODY_SIZE,
  CLIENT_ID,
  ERROR_TYPE,
  errorType,
  type Instruments,
  instrumentsOf,
  KIND_CLIENT,
  KIND_CONSUMER,
  MESSAGE_ID,
  noteFailure,
  operationAttributes,
  serverAttributes,
} from "./conventions.ts";
import { SentJob } from "./sent_job.ts";

const SCOPE = "@geartrain/server";

const NO_SPAN: Span = { setAttributes() {}, setStatus() {}, end() {} };
const NO_TRACER: Tracer = {
  startSpan: () => NO_SPAN,
  startActiveSpan: (_name, _options, run) => run(NO_SPAN),
};

/** A job that a worker does, and for whom. */
export interface ProcessedJob {
  readonly functionName: string;
  readonly handle: string;
  readonly payload: Uint8Array;
  readonly place: ServerPlace;
  readonly clientId: string | undefined;
}

/** The spans and metrics of a client or a worker. */
export class Telemetry {
  readonly #clock: Clock;
  readonly #tracer: Tracer;
  readonly #instruments: Instruments | null;

  constructor({ trace, metrics }: TelemetryApi, clock: Clock) {
    this.#clock = clock;
    this.#tracer = trace === undefined ? NO_TRACER : trace.getTracer(SCOPE, VERSION) as Tracer;
    this.#instruments = metrics === undefined
      ? null
      : instrumentsOf(metrics.getMeter(SCOPE, VERSION) as Meter);
  }

  /**
   * That of what the program gave or, if it gave nothing, of the SDK that it has; null if there is
   * neither, or the program wants none.
   */
  static of(
    { telemetry, clock }: { readonly telemetry?: TelemetryApi | false; readonly clock: Clock },
  ): Telemetry | null {
    const api = telemetry ?? registeredApi();
    if (!api || api.trace === undefined && api.metrics === undefined) return null;
    return new Telemetry(api, clock);
  }

  /** A program submits a job and waits for its result, or only for its handle. */
  submit(functionName: string, isForeground: boolean): SentJob {
    const operation = isForeground ? "call" : "submit";
    const attributes = operationAttributes(operation, functionName);
    const options = { kind: KIND_CLIENT, attributes };
    const span = this.#tracer.startSpan(`${operation} ${functionName}`, options);
    return new SentJob(span, attributes, this.#instruments, this.#clock);
  }

  /** A worker does a job by `run`. Its span has no parent: who submitted the job is not known. */
  process<Result>(job: ProcessedJob, run: () => Promise<Result>): Promise<Result> {
    const { functionName, handle, payload, place, clientId } = job;
    const attributes = {
      ...operationAttributes("process", functionName),
      ...serverAttributes(place),
    };
    const ofSpan: Attributes = { ...attributes, [MESSAGE_ID]: handle, [BODY_SIZE]: payload.length };
    if (clientId !== undefined) ofSpan[CLIENT_ID] = clientId;
    const options = { kind: KIND_CONSUMER, attributes: ofSpan, root: true };
    this.#instruments?.consumedMessages.add(1, attributes);
    const began = this.#clock.now();
    return this.#tracer.startActiveSpan(`process ${functionName}`, options, async (span) => {
      const measured = { ...attributes };
      try {
        return await run();
      } catch (error) {
        measured[ERROR_TYPE] = errorType(error);
        tell(() => noteFailure(span, error));
        throw error;
      } finally {
        const seconds = (this.#clock.now() - began) / 1000;
        tell(() => {
          this.#instruments?.processDuration.record(seconds, measured);
          span.end();
        });
      }
    });
  }
}
