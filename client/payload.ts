import { type ErrorSubject, PayloadTooLargeError } from "./errors.ts";

/**
 * What a job is given: bytes, text (sent as UTF-8), or a stream, which is read to its end before the
 * job is submitted, or cancelled when that is given up before. Bytes are not copied: they must stay as they are until the job has its handle.
 */
export type Payload = Uint8Array | string | ReadableStream<Uint8Array>;

const encoder = new TextEncoder();

/**
 * The bytes of a payload; without one, there are no bytes.
 *
 * @param limit the most it may have.
 * @param job for which they are: when nobody waits for it any more, a stream is cancelled.
 * @throws {PayloadTooLargeError} when it has more.
 * @throws {TypeError} when it is not a payload; what the codec or the stream throws.
 */
export async function payloadBytes(
  payload: unknown,
  codec: Codec<unknown, unknown> | undefined,
  limit: number,
  subject: ErrorSubject,
  job?: { readonly whenDone: Promise<unknown> },
): Promise<Uint8Array> {
  const plain = codec === undefined ? payload ?? "" : codec.payload.encode(payload);
  const bytes = plain instanceof ReadableStream
    ? await readAll(plain, limit, subject, job)
    : typeof plain === "string"
    ? encoder.encode(plain)
    : plain;
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError("A payload is a Uint8Array, a string or a ReadableStream; or give a codec");
  }
  if (bytes.length > limit) throw new PayloadTooLargeError(limit, subject);
  return bytes;
}

/** A stream that is too long, or is wanted no more, is cancelled. */
async function readAll(
  stream: ReadableStream<unknown>,
  limit: number,
  subject: ErrorSubject,
  job?: { readonly whenDone: Promise<unknown> },
): Promise<Uint8Array> {
  const reader = stream.getReader();
  const cancel = (reason: unknown) => void reader.cancel(reason).catch(() => {});
  job?.whenDone.catch(cancel);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const chunk = next.value;
      if (!(chunk instanceof Uint8Array)) {
        throw new TypeError("The chunks of the stream must be Uint8Array");
      }
      length += chunk.length;
      if (length > limit) throw new PayloadTooLargeError(limit, subject);
      chunks.push(chunk);
    }
  } catch (error) {
    cancel(error);
    throw error;
  }
  return joined(chunks);
}

/** The bytes of all parts, one behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}

/** How one kind of value is written as bytes. */
export interface ValueCodec<Value> {
  /** The value as bytes, or as text that is sent in UTF-8. What it throws, the job fails with. */
  encode(value: Value): Uint8Array | string;
  /** The value of these bytes. What it throws, the job fails with: it may check them. */
  decode(bytes: Uint8Array): Value;
}

/** How the payload and the result of a function's jobs are written as bytes. */
export interface Codec<Input, Result> {
  /** What a job is given. */
  readonly payload: ValueCodec<Input>;
  /** How the result of the function becomes bytes, and back. */
  readonly result: ValueCodec<Result>;
}

/**
 * The codecs of functions by their names: declared once, a client submits and a worker does only
 * these functions, with these types.
 */
export type Codecs = Readonly<Record<string, Codec<unknown, unknown>>>;

/** What a function is given, by the codecs of a client or a worker. */
export type InputOf<Declared, Name extends keyof Declared> = Declared[Name] extends
  Codec<infer Input, infer _> ? Input : never;

/** The functions that can be called without a payload, by the codecs of a client. */
export type NameWithoutInput<Declared> = {
  [Name in keyof Declared & string]: undefined extends InputOf<Declared, Name> ? Name : never;
}[keyof Declared & string];

/** What a function returns, by the codecs of a client or a worker. */
export type ResultOf<Declared, Name extends keyof Declared> = Declared[Name] extends
  Codec<infer _, infer Result> ? Result : never;

const decoder = new TextDecoder();

/**
 * Payload and result are JSON, in UTF-8; `undefined`, which JSON does not have, is an empty payload.
 * Types are taken at their word: what comes is not checked.
 *
 * @example
 * ```ts
 * import { jsonCodec } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * const codec = jsonCodec<{ width: number }, string[]>();
 * assertEquals(codec.payload.encode({ width: 80 }), '{"width":80}');
 * assertEquals(codec.result.decode(new TextEncoder().encode('["small.png"]')), ["small.png"]);
 * ```
 */
export function jsonCodec<Input, Result>(): Codec<Input, Result> {
  return { payload: json<Input>("payload"), result: json<Result>("result") };
}

function json<Value>(what: string): ValueCodec<Value> {
  return {
    encode(value) {
      if (value === undefined) return "";
      const text = JSON.stringify(value);
      if (text === undefined) throw new TypeError(`The ${what} is not a value that JSON can hold`);
      return text;
    },
    decode: (bytes) => bytes.length === 0 ? undefined : JSON.parse(decoder.decode(bytes)),
  };
}

const TEXT: ValueCodec<string> = {
  encode: (value) => value,
  decode: (bytes) => decoder.decode(bytes),
};

/**
 * Payload and result are text, in UTF-8.
 *
 * @example
 * ```ts
 * import { textCodec } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(textCodec.result.decode(new TextEncoder().encode("ä")), "ä");
 * ```
 */
export const textCodec: Codec<string, string> = { payload: TEXT, result: TEXT };

/**
 * The codec that was declared for a function; undefined when nothing was declared at all.
 *
 * @throws {TypeError} when others were declared, but not this one.
 */
export function codecOf(
  codecs: Codecs | undefined,
  functionName: string,
): Codec<unknown, unknown> | undefined {
  if (codecs === undefined) return undefined;
  if (Object.hasOwn(codecs, functionName)) return codecs[functionName];
  throw new TypeError(`codecs declares no function ${functionName}`);
}
