import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { problem } from "./problem.ts";

/** Answers 413 to a request with a larger body: at once if it says so, else when it has come. */
export function limitBody(bytes: number): MiddlewareHandler {
  const detail = `The body of this request may have at most ${bytes} bytes`;
  return bodyLimit({ maxSize: bytes, onError: () => problem(413, detail) });
}
