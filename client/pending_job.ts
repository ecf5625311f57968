import type { ErrorSubject } from "./errors.ts";
import { type JobUpdate, JobUpdates } from "./job_updates.ts";
import { SettledLater } from "./settled_later.ts";

const NOTHING = () => {};

/** A job as its server's connection sees it: what comes for it goes in here. */
export class PendingJob {
  readonly functionName: string;
  /** The server that has it, as messages show it. */
  server: string | undefined = undefined;
  handle: string | undefined = undefined;
  /** Is the result there, or does nobody wait for it any more? */
  isOver = false;
  /** Called once when it is over. */
  onOver: () => void = NOTHING;
  readonly #created = new SettledLater<string>();
  readonly #result = new SettledLater<Uint8Array>();

  readonly #maxUnread: number;
  #updates: JobUpdates | null = null;
  #error: Error | null = null;

  constructor(functionName: string, maxUnread: number) {
    this.functionName = functionName;
    this.#maxUnread = maxUnread;
  }

  /** What its worker tells. Most jobs have none, and nobody who asks. */
  get updates(): JobUpdates {
    if (this.#updates === null) {
      this.#updates = new JobUpdates(this.#maxUnread);
      if (this.isOver) this.#updates.end(this.#error);
    }
    return this.#updates;
  }

  /** Resolves with the handle. */
  get whenCreated(): Promise<string> {
    return this.#created.promise;
  }

  /** Resolves with the result. */
  get whenDone(): Promise<Uint8Array> {
    return this.#result.promise;
  }

  /** What errors say about it. */
  get subject(): ErrorSubject {
    const { functionName, handle, server } = this;
    return { functionName, handle, server };
  }

  /** The server has given it a handle. */
  created(handle: string): void {
    this.handle = handle;
    this.#created.resolve(handle);
  }

  /** The server has it, and nobody waits for a result. */
  accepted(handle: string): void {
    if (this.isOver) return;
    this.created(handle);
    this.#end(null);
  }

  /** The worker tells something. */
  update(update: JobUpdate): void {
    this.updates.add(update);
  }

  /** The worker is done. */
  complete(result: Uint8Array): void {
    if (this.isOver) return;
    this.#result.resolve(result);
    this.#end(null);
  }

  /** It has failed, or nobody waits for it any more. */
  fail(error: Error): void {
    if (this.isOver) return;
    this.#created.reject(error);
    this.#result.reject(error);
    this.#end(error);
  }

  #end(error: Error | null): void {
    this.isOver = true;
    this.#error = error;
    this.#updates?.end(error);
    this.onOver();
  }
}
