import type { Codec } from "./codec.ts";

/**
 * When a job is to run: a `Date`, a `Temporal.Instant` or `Temporal.ZonedDateTime`, or milliseconds
 * since the Unix epoch as `Date.now()` has them. Servers count in seconds: it is rounded up.
 *
 * @example
 * ```ts
 * import { Client, Server, type When } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server();
 * await using client = new Client({ servers: [server] });
 * const tomorrow: When = Date.now() + 24 * 3600 * 1000;
 * await client.submit("report", "", { at: tomorrow });
 * assertEquals(server.jobs().length, 1);
 * ```
 */
export type When = Date | number | { readonly epochMilliseconds: number };

/**
 * What all jobs have.
 *
 * @example
 * ```ts
 * import { Client, Server, type SubmitOptions } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * const options: SubmitOptions = { priority: "high", unique: "picture-1" };
 * await using server = new Server();
 * await using client = new Client({ servers: [server] });
 * await client.submit("resize", "", { ...options, background: true });
 * assertEquals(server.jobs()[0].priority, "high");
 * ```
 */
export interface SubmitOptions {
  /** Jobs of a high priority are done before all normal ones. Default `normal`. */
  readonly priority?: "high" | "normal" | "low";
  /**
   * Submits of a function with the same unique share one job while it lives, at most 64 bytes. `-`
   * stands for the payload itself.
   */
  readonly unique?: string;
  /** The function that puts together what the jobs of this job return; at most 64 bytes. */
  readonly reducer?: string;
  /**
   * Milliseconds until the answer must be there: the result of a foreground job, the handle of a
   * background job. Then it rejects with a `JobTimeoutError`; the job itself goes on. Default: the
   * client's `jobTimeout` for a result, no other than its `replyTimeout` for a handle.
   */
  readonly timeout?: number;
  /** Ends the waiting: it rejects with the signal's reason. A job that has its handle goes on. */
  readonly signal?: AbortSignal;
}

/**
 * A job whose result this client waits for.
 *
 * @example
 * ```ts
 * import { Client, type ForegroundOptions, Server } from "@geartrain/server";
 *
 * const options: ForegroundOptions = { timeout: 60_000 };
 * await using server = new Server();
 * await using client = new Client({ servers: [server] });
 * const job = client.submit("resize", "...", options);
 * await job.handle;
 * ```
 */
export interface ForegroundOptions extends SubmitOptions {
  /** Not set: this is what makes it a foreground job. */
  readonly background?: false;
  /** Not set: a job with a time is a background job. */
  readonly at?: undefined;
}

/**
 * A job that goes on without this client.
 *
 * @example
 * ```ts
 * import { type BackgroundOptions, Client, Server } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * const options: BackgroundOptions = { background: true, priority: "low" };
 * await using server = new Server();
 * await using client = new Client({ servers: [server] });
 * const handle = await client.submit("resize", "...", options);
 * assertEquals(server.jobs()[0].handle, handle);
 * ```
 */
export type BackgroundOptions =
  & SubmitOptions
  & (
    | { readonly background: true; readonly at?: undefined }
    /** With `at`, it waits for that time. No priority or reducer can be given with it. */
    | { readonly background?: true; readonly at: When }
  );

/** The options of any job, as the client reads them. */
export interface AnySubmitOptions extends SubmitOptions {
  readonly background?: boolean;
  readonly at?: When;
  readonly codec?: Codec<unknown, unknown>;
}

const NAMES: Readonly<Record<keyof AnySubmitOptions, true>> = {
  priority: true,
  unique: true,
  reducer: true,
  timeout: true,
  signal: true,
  background: true,
  at: true,
  codec: true,
};

/**
 * Refuses what would be ignored otherwise: a `priorty`, or options that are no object.
 *
 * @throws {TypeError} naming the first of them.
 */
export function checkNames(options: AnySubmitOptions): void {
  if (typeof options !== "object") {
    throw new TypeError("The options of a submit must be an object, such as { background: true }");
  }
  for (const name in options) {
    if (!Object.hasOwn(NAMES, name)) throw new TypeError(`There is no option ${name}`);
  }
  const { background } = options;
  if (background === undefined || typeof background === "boolean") return;
  throw new TypeError("The option background must be true or false");
}
