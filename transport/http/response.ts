import type { IncomingMessage, ServerResponse } from "node:http";

/** An exchange that waits for its response. */
export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Seconds that the client may leave unread what is sent to it. */
  readonly readSeconds: number;
}

/** How long a client may go on sending what nobody reads, before the connection is cut, in milliseconds. */
const LINGER = 500;
/** What waits to be sent is kept by the socket a second time, so it gets so many bytes at a time. */
const MOST_AT_ONCE = 64 * 1024;

/** Sends a response; when the client goes, its body is cancelled. Throws nothing. */
export async function send(response: Response, exchange: Exchange): Promise<void> {
  const { incoming, outgoing } = exchange;
  if (outgoing.destroyed || outgoing.socket === null) return void await response.body?.cancel();
  const isUnread = !incoming.complete && hasBody(incoming);
  try {
    outgoing.writeHead(response.status, headersOf(response, isUnread));
    if (response.body === null || incoming.method === "HEAD") {
      await response.body?.cancel();
      outgoing.end();
    } else await sendBody(response.body, exchange);
  } catch {
    // What the body throws cannot be told any more: the response has begun.
    outgoing.destroy();
  }
  // Nobody reads ten gigabytes to get to the next request.
  if (isUnread) setTimeout(() => incoming.complete || incoming.socket.destroy(), LINGER);
}

/** Does something come behind the headers? */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"] ?? "0";
  return headers["transfer-encoding"] !== undefined || length !== "0";
}

function headersOf({ headers }: Response, isUnread: boolean): string[] {
  const raw: string[] = [];
  // Cookies come one by one.
  for (const [name, value] of headers) raw.push(name, value);
  if (isUnread) raw.push("connection", "close");
  return raw;
}

async function sendBody(body: ReadableStream<Uint8Array>, exchange: Exchange): Promise<void> {
  const { outgoing } = exchange;
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  outgoing.once("close", cancel);
  outgoing.flushHeaders();
  for (;;) {
    const { done, value } = await reader.read();
    if (outgoing.destroyed) return;
    if (done) break;
    for (let start = 0; start < value.length; start += MOST_AT_ONCE) {
      const part = value.subarray(start, start + MOST_AT_ONCE);
      if (!outgoing.write(part)) await isRead(exchange);
      if (outgoing.destroyed) return;
    }
  }
  outgoing.off("close", cancel);
  outgoing.end();
}

/** Resolves when more can be written, or nothing any more. */
function isRead({ outgoing, readSeconds }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => outgoing.destroy(), readSeconds * 1000);
    const done = () => {
      clearTimeout(timer);
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.once("drain", done);
    outgoing.once("close", done);
    if (outgoing.destroyed) done();
  });
}
