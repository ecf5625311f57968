import { Hono } from "hono";
import type { FunctionQueue, Router } from "../router/mod.ts";
import type { HttpEnv, Rights } from "./access/env.ts";
import { endedIn, functionAnswer, submittedIn } from "./api/function_answer.ts";
import type { ApiParts } from "./api/parts.ts";
import { serverAnswer } from "./api/server_answer.ts";
import type { FunctionAnswer, SnapshotAnswer, TotalsAnswer } from "./api/types.ts";
import { timeText } from "./api/json.ts";
import { bodyOf, EVENT_STREAM } from "./event_stream.ts";
import { problem } from "./problem.ts";

/** Time between two snapshots, in milliseconds. */
const INTERVAL = 1000;
const MOST_FUNCTIONS = 200;
/** To tell all of a function costs as much as to look at so many. */
const WORTH_OF_ANSWER = 8;

/** A snapshot as text, for all who watch. */
class Shared {
  readonly #api: ApiParts;
  /** All of it but the server, which each viewer sees with his own rights. */
  readonly #rest: string;
  readonly #byRights = new Map<string, string>();

  constructor(api: ApiParts, snapshot: Omit<SnapshotAnswer, "server">) {
    this.#api = api;
    this.#rest = JSON.stringify(snapshot).slice(1);
  }

  /** The event for a viewer: the same for all who may do the same. */
  eventFor(rights: Rights): string {
    const key = `${rights.readOnly} ${rights.payloads}`;
    let event = this.#byRights.get(key);
    if (event === undefined) {
      const server = JSON.stringify(serverAnswer(this.#api, rights));
      event = `event: snapshot\ndata: {"server":${server},${this.#rest}\n\n`;
      this.#byRights.set(key, event);
    }
    return event;
  }
}

interface Viewer {
  readonly rights: Rights;
  /** The newest snapshot, if he has not taken it; an older one that he did not take is passed over. */
  next: Shared | null;
  wake: (() => void) | null;
}

/**
 * `/events`: one snapshot a second for all who watch, however many they are, and none if nobody does.
 * Whoever reads slowly gets fewer of them.
 */
export class Live {
  readonly #api: ApiParts;
  readonly #viewers = new Set<Viewer>();
  #isClosed = false;
  #isTaking = false;
  #callOff: (() => void) | null = null;

  constructor(api: ApiParts) {
    this.#api = api;
  }

  /** How many watch. */
  get size(): number {
    return this.#viewers.size;
  }

  /** The route. */
  routes(): Hono<HttpEnv> {
    const app = new Hono<HttpEnv>();
    app.get("/events", (c) => {
      if (this.#isClosed) return problem(503, "The server stops");
      // Whoever asks for headers only watches nothing.
      if (c.req.raw.method === "HEAD") return c.body(null, 200, EVENT_STREAM);
      const viewer: Viewer = { rights: c.var.rights, next: null, wake: null };
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
        if (next !== null) yield next.eventFor(viewer.rights);
        else await new Promise<void>((resolve) => viewer.wake = resolve);
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
      const shared = new Shared(this.#api, await takeSnapshot(this.#api));
      for (const viewer of this.#viewers) {
        viewer.next = shared;
        viewer.wake?.();
        viewer.wake = null;
      }
    } finally {
      this.#isTaking = false;
    }
    if (this.#viewers.size === 0 || this.#isClosed) return;
    this.#callOff = this.#api.parts.clock.after(INTERVAL, () => {
      this.#callOff = null;
      void this.#take();
    });
  }
}

/** What all functions are like now: the 200 with most to say, and sums over all of them. */
async function takeSnapshot(
  { parts, portions }: ApiParts,
): Promise<Omit<SnapshotAnswer, "server">> {
  const { router, clock } = parts;
  const totals: { -readonly [Name in keyof TotalsAnswer]: number } = {
    functions: 0,
    functionsWithoutWorkers: 0,
    waiting: 0,
    running: 0,
    submittedTotal: 0,
    endedTotal: 0,
    failedTotal: 0,
  };
  const found: { func: FunctionQueue; rank: number }[] = [];
  await portions.each(router.functions.values(), (func) => {
    const rank = addTo(totals, router, func);
    found.push({ func, rank });
    // Never are more than a few times as many kept as are shown.
    if (found.length === MOST_FUNCTIONS * 4) keepFirst(found);
  });
  keepFirst(found);
  const functions: FunctionAnswer[] = [];
  await portions.each(found, ({ func }) => {
    functions.push(functionAnswer(router, func));
    return WORTH_OF_ANSWER;
  });
  return { at: timeText(clock.epoch()), functions, totals };
}

function keepFirst(found: { rank: number }[]): void {
  found.sort((one, other) => other.rank - one.rank);
  found.length = Math.min(found.length, MOST_FUNCTIONS);
}

/** Adds a function to the sums, and returns how much it has to say. */
function addTo(
  totals: { -readonly [Name in keyof TotalsAnswer]: number },
  router: Router,
  func: FunctionQueue,
): number {
  const { waiting, running, workers, counts } = router.facts.function(func);
  const isStuck = waiting > 0 && workers === 0;
  totals.functions++;
  totals.functionsWithoutWorkers += isStuck ? 1 : 0;
  totals.waiting += waiting;
  totals.running += running;
  totals.submittedTotal += submittedIn(counts);
  totals.endedTotal += endedIn(counts.ended);
  totals.failedTotal += counts.ended.failed + counts.ended.exception;
  return (isStuck ? 2 ** 40 : 0) + waiting + running;
}
