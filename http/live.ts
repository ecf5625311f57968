import { Hono } from "hono";
import type { Clock } from "../router/mod.ts";
import type { HttpEnv, Rights } from "./access/env.ts";
import { bodyOf, EVENT_STREAM } from "./event_stream.ts";
import { problem } from "./problem.ts";

/** Time between two snapshots, in milliseconds. */
const INTERVAL = 1000;

/** What all who watch are shown. */
export interface Shown {
  /** The event for a viewer. */
  eventFor(rights: Rights): string;
}

interface Viewer {
  readonly rightsNow: () => Promise<Rights | null>;
  /** The newest snapshot, if he has not taken it; an older one that he did not take is passed over. */
  next: Shown | null;
  wake: (() => void) | null;
}

/**
 * `/events`: one snapshot a second for all who watch, however many they are, and none if nobody does.
 * Whoever reads slowly gets fewer of them; the stream of one whose token or login holds no more ends.
 */
export class Live {
  readonly #clock: Clock;
  readonly #show: () => Promise<Shown>;
  readonly #viewers = new Set<Viewer>();
  #isClosed = false;
  #isTaking = false;
  #callOff: (() => void) | null = null;

  /** @param show is asked once a second for what is to be shown. */
  constructor(clock: Clock, show: () => Promise<Shown>) {
    this.#clock = clock;
    this.#show = show;
  }

  /** How many viewers there are. */
  get size(): number {
    return this.#viewers.size;
  }

  /** The route of the event stream. */
  routes(): Hono<HttpEnv> {
    const app = new Hono<HttpEnv>();
    app.get("/events", (c) => {
      if (this.#isClosed) return problem(503, "The server stops");
      // Whoever asks for headers only watches nothing.
      if (c.req.raw.method === "HEAD") return c.body(null, 200, EVENT_STREAM);
      const viewer: Viewer = { rightsNow: c.var.rightsNow, next: null, wake: null };
      this.#viewers.add(viewer);
      const gone = () => this.#remove(viewer);
      void c.env.ended.then(gone);
      void this.#take();
      return c.body(bodyOf(this.#eventsFor(viewer), gone), 200, EVENT_STREAM);
    });
    return app;
  }

  /** Ends all streams. */
  close(): void {
    this.#isClosed = true;
    this.#callOff?.();
    for (const viewer of this.#viewers) this.#remove(viewer);
  }

  #remove(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    viewer.wake?.();
    if (this.#viewers.size > 0) return;
    this.#callOff?.();
    this.#callOff = null;
  }

  async *#eventsFor(viewer: Viewer): AsyncGenerator<string, void, undefined> {
    // So that a browser knows at once that it is connected.
    yield ": snapshots follow\n\n";
    try {
      while (this.#viewers.has(viewer)) {
        const { next } = viewer;
        viewer.next = null;
        if (next === null) {
          await new Promise<void>((resolve) => viewer.wake = resolve);
          continue;
        }
        const rights = await viewer.rightsNow();
        if (rights === null) return;
        yield next.eventFor(rights);
      }
    } finally {
      this.#remove(viewer);
    }
  }

  /** Takes a snapshot, for all, and sets the time of the next one. */
  async #take(): Promise<void> {
    if (this.#isTaking || this.#callOff !== null) return;
    this.#isTaking = true;
    try {
      const shown = await this.#show();
      for (const viewer of this.#viewers) {
        viewer.next = shown;
        viewer.wake?.();
        viewer.wake = null;
      }
    } finally {
      this.#isTaking = false;
    }
    if (this.#viewers.size === 0 || this.#isClosed) return;
    this.#callOff = this.#clock.after(INTERVAL, () => {
      this.#callOff = null;
      void this.#take();
    });
  }
}
