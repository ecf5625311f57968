import type { Codec } from "./codec.ts";
import { type ErrorSubject, PayloadTooLargeError } from "./errors.ts";

/**
 * What a job is given: bytes, text (sent as UTF-8), or a stream, which is read to its end before the
 * job is submitted, or cancelled when that is given up before. Bytes are not copied: they must stay as they are until the job has its handle.
 */
export type Payload = Uint8Array | string | ReadableStream<Uint8Array>;

const encoder = new TextEncoder();

/**
 * The bytes of a payload; none is an empty one.
 *
 * @param limit the most it may have.
 * @param job for which they are: when nobody waits for it any more, a stream is cancelled.
 * @throws {PayloadTooLargeError} when it has more.
 * @throws {TypeError} when it is no payload; what the codec or the stream throws.
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
  const whole = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    whole.set(chunk, position);
    position += chunk.length;
  }
  return whole;
}
