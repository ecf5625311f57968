import type { Job, JobOutcome, Log, Peer, RouterHooks } from "../router/mod.ts";

/**
 * What {@linkcode Server.on} can watch, and what its listeners get.
 *
 * @example
 * ```ts
 * import { Server, type ServerEvents } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server();
 * const seen: string[] = [];
 * const note = ({ job }: ServerEvents["jobSubmitted"]) => seen.push(job.functionName);
 * server.on("jobSubmitted", note);
 * server.enqueueJob({ function: "resize" });
 * assertEquals(seen, ["resize"]);
 * ```
 */
export interface ServerEvents {
  /** A peer connected. */
  connectionOpened: { readonly connection: Peer };
  /** A peer is gone; `reason` says why, for people. */
  connectionClosed: { readonly connection: Peer; readonly reason?: string };
  /** A job was accepted. A submit that joins a live job is no new job. */
  jobSubmitted: { readonly job: Job };
  /**
   * A worker got a job; one that was lost by its worker starts again. One that a listener ends is not
   * sent to the worker: it gets the next one.
   */
  jobStarted: { readonly job: Job; readonly worker: Peer };
  /** A job ended. */
  jobFinished: { readonly job: Job; readonly outcome: JobOutcome };
}

/**
 * Gets one kind of event.
 *
 * @example
 * ```ts
 * import { Server, type ServerEventListener } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * const outcomes: string[] = [];
 * const listener: ServerEventListener<"jobFinished"> = ({ outcome }) => outcomes.push(outcome);
 *
 * await using server = new Server();
 * const stopListening = server.on("jobFinished", listener);
 * server.noteJobFinished(server.enqueueJob({ function: "resize" })!);
 * stopListening();
 * assertEquals(outcomes, ["completed"]);
 * ```
 */
export type ServerEventListener<Name extends keyof ServerEvents> = (
  event: ServerEvents[Name],
) => void;

type Listeners = { [Name in keyof ServerEvents]: Set<ServerEventListener<Name>> };

/** The listeners of a server. As long as nobody listens to an event, its hook is not even set. */
export class EventListeners {
  readonly #hooks: RouterHooks;
  readonly #log: Log;
  readonly #listeners: Listeners = {
    connectionOpened: new Set(),
    connectionClosed: new Set(),
    jobSubmitted: new Set(),
    jobStarted: new Set(),
    jobFinished: new Set(),
  };

  constructor(hooks: RouterHooks, log: Log) {
    this.#hooks = hooks;
    this.#log = log;
  }

  /** Adds a listener; the returned function removes it. */
  add<Name extends keyof ServerEvents>(
    name: Name,
    listener: ServerEventListener<Name>,
  ): () => void {
    if (!Object.hasOwn(this.#listeners, name)) throw new TypeError(`There is no event "${name}"`);
    if (typeof listener !== "function") {
      throw new TypeError(`A listener for ${name} must be a function`);
    }
    const listeners = this.#listeners[name];
    listeners.add(listener);
    this.#setHooks();
    return () => {
      listeners.delete(listener);
      this.#setHooks();
    };
  }

  #setHooks(): void {
    const hooks = this.#hooks;
    const heard = (name: keyof ServerEvents) => this.#listeners[name].size > 0;
    hooks.connectionOpened = heard("connectionOpened")
      ? (connection) => this.#emit("connectionOpened", { connection })
      : null;
    hooks.connectionClosed = heard("connectionClosed")
      ? (connection, reason) => this.#emit("connectionClosed", { connection, reason })
      : null;
    hooks.jobSubmitted = heard("jobSubmitted")
      ? (job) => this.#emit("jobSubmitted", { job })
      : null;
    hooks.jobStarted = heard("jobStarted")
      ? (job, worker) => this.#emit("jobStarted", { job, worker })
      : null;
    hooks.jobFinished = heard("jobFinished")
      ? (job, outcome) => this.#emit("jobFinished", { job, outcome })
      : null;
  }

  /** A listener that throws harms neither the others nor the routing it interrupted. */
  #emit<Name extends keyof ServerEvents>(name: Name, event: ServerEvents[Name]): void {
    for (const listener of this.#listeners[name]) {
      try {
        listener(event);
      } catch (error) {
        this.#log.write("ERROR", `A listener for ${name} failed: ${error}`);
      }
    }
  }
}
