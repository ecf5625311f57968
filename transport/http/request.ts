import type { IncomingMessage } from "node:http";

/** Nothing asks a request for its host but by the header, which may say anything. */
const ORIGIN = "http://localhost";
const WITHOUT_BODY = ["GET", "HEAD"];

/**
 * A request of `node:http` as the web has it.
 *
 * @param signal aborts when the client is gone.
 * @returns null if it is none that could be answered: the web knows no such target, header or method.
 */
export function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request | null {
  const { method = "GET", url = "" } = incoming;
  if (!url.startsWith("/")) return null;
  try {
    const hasBody = !WITHOUT_BODY.includes(method);
    return new Request(ORIGIN + url, {
      method,
      headers: headersOf(incoming.rawHeaders),
      body: hasBody ? bodyOf(incoming) : null,
      signal,
      duplex: "half",
    } as RequestInit);
  } catch {
    return null;
  }
}

/** Names and values take turns. */
function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index < raw.length; index += 2) headers.append(raw[index], raw[index + 1]);
  return headers;
}

/** The client has gone, or was cut, before all of its request had come: no fault of who answers. */
export class RequestCut extends Error {
  override readonly name = "RequestCut";
}

/** Bytes that may wait to be read by whoever answers. */
const MOST_WAITING = 64 * 1024;

/** No more is taken from the socket than is asked for. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let isOver = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (act: () => void) => {
          if (!isOver) act();
          isOver = true;
        };
        const cut = () =>
          end(() => controller.error(new RequestCut("The request was not sent to its end")));
        incoming.pause();
        incoming.on("data", (chunk: Uint8Array) => {
          if (isOver) return;
          controller.enqueue(new Uint8Array(chunk));
          if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
        });
        incoming.once("end", () => end(() => controller.close()));
        incoming.once("error", cut);
        incoming.once("close", cut);
      },
      pull() {
        incoming.resume();
      },
      cancel() {
        isOver = true;
        incoming.pause();
      },
    },
    { highWaterMark: MOST_WAITING, size: (chunk) => chunk?.byteLength ?? 0 },
  );
}
