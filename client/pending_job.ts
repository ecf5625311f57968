import type { ErrorSubject } from "./errors.ts";
import { type JobUpdate, JobUpdates } from "./job_updates.ts";

/** A foreground job as its server's connection sees it: what comes for it goes in here. */
export class PendingJob {
  readonly functionName: string;
  readonly updates: JobUpdates;
  /** The server that has it, as messages show it. */
  server: string | undefined = undefined;
  handle: string | undefined = undefined;
  /** Is the result there, or does nobody wait for it any more? */
  isOver = false;
  /** Called once when it is over. */
  onOver: () => void = () => {};
  readonly #created = Promise.withResolvers<string>();
  readonly #result = Promise.withResolvers<Uint8Array>();

  constructor(functionName: string, maxUnread: number) {
    this.functionName = functionName;
    this.updates = new JobUpdates(maxUnread);
    // A program may look at only one of them, or at the updates.
    this.#created.promise.catch(() => {});
    this.#result.promise.catch(() => {});
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
    this.updates.end(error);
    this.onOver();
  }
}
