import type { FunctionQueue, Router } from "../router/mod.ts";
import type { Rights } from "./access/env.ts";
import { endedIn, functionAnswer, submittedIn } from "./api/function_answer.ts";
import { timeText } from "./api/json.ts";
import type { ApiParts } from "./api/parts.ts";
import { serverAnswer } from "./api/server_answer.ts";
import type { FunctionAnswer, SnapshotAnswer, TotalsAnswer } from "./api/types.ts";
import type { Shown } from "./live.ts";

const MOST_FUNCTIONS = 200;
/** To tell all of a function costs as much as to look at so many. */
const WORTH_OF_ANSWER = 8;

/** What the server is like now, for all who watch. */
export async function showSnapshot(api: ApiParts): Promise<Shown> {
  return new Shared(api, await takeSnapshot(api));
}

/** A snapshot as text, for all who watch. */
class Shared implements Shown {
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
