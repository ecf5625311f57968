import type { Client } from "../../client/client.ts";
import { PayloadTooLargeError } from "../../client/errors.ts";
import type { ForegroundJob } from "../../client/foreground_job.ts";
import type { JobUpdate } from "../../client/job_updates.ts";
import type { BackgroundOptions, ForegroundOptions } from "../../client/submit_options.ts";
import type { Input } from "./input.ts";
import { type Outcome, troubleOf } from "./outcome.ts";

/** What all jobs of a run have in common. */
export type Request =
  & { readonly functionName: string; readonly unique: string; readonly maxPayload: number }
  & ({ readonly background: BackgroundOptions } | { readonly foreground: ForegroundOptions });

/** A job of this run. */
export class SubmittedJob {
  /** 1 for the first. */
  readonly number: number;
  readonly functionName: string;
  readonly unique: string;
  /** How much of the input it was, in bytes. */
  readonly size: number;
  /** What the server calls it, once it has said so. */
  handle: string | null = null;
  readonly #answer: ForegroundJob | Promise<string>;

  /** Submits it. */
  constructor(client: Client, request: Request, number: number, { payload, size }: Input) {
    this.number = number;
    this.functionName = request.functionName;
    this.unique = request.unique;
    this.size = size;
    this.#answer = payload === null
      ? Promise.reject<string>(new PayloadTooLargeError(request.maxPayload))
      : "background" in request
      ? client.submit(request.functionName, payload, request.background)
      : client.submit(request.functionName, payload, request.foreground);
    // How it ends is asked later on.
    if (this.#answer instanceof Promise) this.#answer.catch(() => {});
  }

  /** Does somebody wait for its result? Then this resolves when the server has taken it. */
  get whenCreated(): Promise<string> | null {
    return this.#answer instanceof Promise ? null : this.#answer.handle;
  }

  /** Hands on what its worker sends; resolves with what came of it. */
  async outcome(update: (update: JobUpdate) => Promise<void>): Promise<Outcome> {
    const answer = this.#answer;
    try {
      if (answer instanceof Promise) {
        this.handle = await answer;
        return { status: "submitted" };
      }
      for await (const each of answer) {
        this.handle ??= await answer.handle;
        await update(each);
      }
      this.handle ??= await answer.handle;
      return { status: "done", result: await answer.bytes() };
    } catch (error) {
      this.handle ??= (error as { handle?: string }).handle ?? null;
      return troubleOf(error);
    }
  }
}
