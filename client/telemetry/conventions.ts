/**
 * The names of OpenTelemetry's conventions for messaging, version 1.44, which are in development still,
 * and what they mean for Gearman: a function is a destination, a job a message, its handle the id.
 *
 * @module
 */
import type { ServerPlace } from "../server_address.ts";
import type { Attributes, Counter, Histogram, Meter, Span } from "./api.ts";

/** A span of who asks a server for something; no context travels with a job. */
export const KIND_CLIENT = 2;
/** A span of who does what another sent. */
export const KIND_CONSUMER = 4;
/** The status of a span whose operation failed. */
const STATUS_ERROR = 2;

export const ERROR_TYPE = "error.type";
export const MESSAGE_ID = "messaging.message.id";
export const BODY_SIZE = "messaging.message.body.size";
export const CLIENT_ID = "messaging.client.id";

/** What operations are called, and of which type they are. */
const OPERATION_TYPES = { submit: "send", call: "send", process: "process" } as const;

/** Submit in the background; submit and wait for the result; do a job. */
export type OperationName = keyof typeof OPERATION_TYPES;

/** What spans and measurements of an operation have in common. */
export function operationAttributes(operation: OperationName, functionName: string): Attributes {
  return {
    "messaging.system": "gearman",
    "messaging.operation.name": operation,
    "messaging.operation.type": OPERATION_TYPES[operation],
    "messaging.destination.name": functionName,
  };
}

/** Which server it is; nothing for one in this process. */
export function serverAttributes({ target }: ServerPlace): Attributes {
  if ("toInprocessServer" in target) return {};
  const { path, hostname, port } = target;
  if (path !== undefined) return { "server.address": path };
  return { "server.address": hostname!, "server.port": port! };
}

/** What kind of error it is: few different ones, to be counted by. */
export function errorType(error: unknown): string {
  return error instanceof Error ? error.name : "_OTHER";
}

/** The operation of the span failed, and why. */
export function noteFailure(span: Span, error: unknown): void {
  span.setAttributes({ [ERROR_TYPE]: errorType(error) });
  span.setStatus({
    code: STATUS_ERROR,
    message: error instanceof Error ? error.message : String(error),
  });
}

const SECONDS = {
  unit: "s",
  advice: {
    explicitBucketBoundaries: [
      ...[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75],
      ...[1, 2.5, 5, 7.5, 10],
    ],
  },
};

/** The instruments by which a client and a worker measure. */
export interface Instruments {
  readonly operationDuration: Histogram;
  readonly processDuration: Histogram;
  readonly sentMessages: Counter;
  readonly consumedMessages: Counter;
}

/** Makes these instruments. */
export function instrumentsOf(meter: Meter): Instruments {
  return {
    operationDuration: meter.createHistogram("messaging.client.operation.duration", {
      description: "How long a submit took: until the handle, or the result if that is awaited.",
      ...SECONDS,
    }),
    processDuration: meter.createHistogram("messaging.process.duration", {
      description: "How long a worker's function took.",
      ...SECONDS,
    }),
    sentMessages: meter.createCounter("messaging.client.sent.messages", {
      description: "Jobs that were submitted.",
      unit: "{message}",
    }),
    consumedMessages: meter.createCounter("messaging.client.consumed.messages", {
      description: "Jobs that a worker was given.",
      unit: "{message}",
    }),
  };
}
