import type { JobOutcome, JobView, Log, PeerView, RouterHooks } from "../router/mod.ts";

/** What {@linkcode Server.on} can watch, and what its listeners get. */
export interface ServerEvents {
  /** A peer connected. */
  connectionOpened: { readonly connection: PeerView };
  /** A peer is gone; `reason` says why, for people. */
  connectionClosed: { readonly connection: PeerView; readonly reason?: string };
  /** A job was accepted. A submit that joins a live job is not a new job. */
  jobSubmitted: { readonly job: JobView };
  /**
   * A worker got a job; one that was lost by its worker starts again. One that a listener ends is not
   * sent to the worker: it gets the next one.
   */
  jobStarted: { readonly job: JobView; readonly worker: PeerView };
  /** A job ended. */
  jobFinished: { readonly job: JobView; readonly outcome: JobOutcome };
}

/** Gets one kind of event. */
export type ServerEventListener<Name extends keyof ServerEvents> = (
  event: ServerEvents[Name],
) => void;

type Emit<Name extends keyof ServerEvents> = (event: ServerEvents[Name]) => void;

/** How what is added to the hook of an event makes that event. */
const ADD: {
  [Name in keyof ServerEvents]: (hooks: RouterHooks, emit: Emit<Name>) => () => void;
} = {
  connectionOpened: (hooks, emit) =>
    hooks.connectionOpened.add((connection) => emit({ connection })),
  connectionClosed: (hooks, emit) =>
    hooks.connectionClosed.add((connection, reason) => emit({ connection, reason })),
  jobSubmitted: (hooks, emit) => hooks.jobSubmitted.add((job) => emit({ job })),
  jobStarted: (hooks, emit) => hooks.jobStarted.add((job, worker) => emit({ job, worker })),
  jobFinished: (hooks, emit) => hooks.jobFinished.add((job, outcome) => emit({ job, outcome })),
};

/** The listeners of a server: each stands in the hook of its event, where it harms nobody by throwing. */
export class EventListeners {
  readonly #hooks: RouterHooks;
  readonly #log: Log;
  /** How each listener is removed, by the event. */
  readonly #removers: { [name: string]: Map<unknown, () => void> } = {};

  constructor(hooks: RouterHooks, log: Log) {
    this.#hooks = hooks;
    this.#log = log;
  }

  /** Adds a listener, once if it is added again; the returned function removes it. */
  add<Name extends keyof ServerEvents>(
    name: Name,
    listener: ServerEventListener<Name>,
  ): () => void {
    if (!Object.hasOwn(ADD, name)) throw new TypeError(`There is no event "${name}"`);
    if (typeof listener !== "function") {
      throw new TypeError(`A listener for ${name} must be a function`);
    }
    const removers = this.#removers[name] ??= new Map();
    if (!removers.has(listener)) {
      removers.set(listener, ADD[name](this.#hooks, this.#careful(name, listener)));
    }
    return () => {
      removers.get(listener)?.();
      removers.delete(listener);
    };
  }

  /** A listener that throws harms neither the others nor the routing it interrupted. */
  #careful<Name extends keyof ServerEvents>(
    name: Name,
    listener: ServerEventListener<Name>,
  ): Emit<Name> {
    return (event) => {
      try {
        listener(event);
      } catch (error) {
        this.#log.write("ERROR", `A listener for ${name} failed: ${error}`);
      }
    };
  }
}
