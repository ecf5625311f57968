import { errorLine, escapeName } from "../../../protocol/mod.ts";
import type { Wait } from "../../everywhere.ts";
import type { Job } from "../../model/job.ts";
import type { Connection } from "../connection.ts";
import {
  type ConnectionFacts,
  type DeadFacts,
  type Facts,
  type FunctionFacts,
  type JobFacts,
  sumOf,
} from "../../facts.ts";
import {
  CONNECTION_FILTERS,
  type Filter,
  type Filters,
  FUNCTION_FILTERS,
  JOB_FILTERS,
  type Named,
  ofJobMeant,
} from "./filters.ts";
import { JOB_OUTCOMES } from "../../model/job_state.ts";
import type { Pause } from "../../model/pause.ts";
import { peerName } from "../../model/peer.ts";
import type { Router } from "../../router.ts";
import { type Column, END, headOf, invalid, NOTHING, rowOf, TAB, textCell } from "./answers.ts";
import type { TextAnswer } from "./rows.ts";

/** Answers one text command. `words[0]` is the command itself. */
export type TextHandler = (connection: Connection, words: string[]) => TextAnswer;

type LimitFacts = Pick<FunctionFacts, "name" | "maxQueue">;

const LIMIT_COLUMNS: readonly Column<LimitFacts>[] = [
  ["max_high", ({ maxQueue }) => maxQueue[0]],
  ["max_normal", ({ maxQueue }) => maxQueue[1]],
  ["max_low", ({ maxQueue }) => maxQueue[2]],
];

const PAUSE_COLUMNS: readonly Column<Pause>[] = [
  ["function", ({ name }) => escapeName(name)],
  ["since", ({ since }) => Math.round(since)],
  ["until", ({ until }) => until === null ? NOTHING : Math.round(until)],
  ["by", ({ by }) => textCell(by)],
  ["reason", ({ reason }) => textCell(reason, NOTHING)],
];

const FUNCTION_COLUMNS: readonly Column<FunctionFacts>[] = [
  ["function", ({ name }) => escapeName(name)],
  ["jobs", ({ jobs }) => jobs],
  ["waiting", ({ waiting }) => waiting],
  ["high", ({ priorities }) => priorities[0]],
  ["normal", ({ priorities }) => priorities[1]],
  ["low", ({ priorities }) => priorities[2]],
  ["scheduled", ({ scheduled }) => sumOf(scheduled)],
  ["running", ({ running }) => running],
  ["workers", ({ workers }) => workers],
  ["paused", ({ pause }) => pause === null ? 0 : 1],
  ["dead", ({ dead }) => dead],
  ...LIMIT_COLUMNS,
  ...JOB_OUTCOMES.map((outcome): Column<FunctionFacts> => [
    outcome,
    ({ counts }) => counts.ended[outcome],
  ]),
];

const JOB_COLUMNS: readonly Column<JobFacts>[] = [
  ["handle", ({ handle }) => handle],
  ["function", (job) => escapeName(job.function)],
  ["unique", ({ unique }) => escapeName(unique)],
  ["state", ({ state }) => state],
  ["priority", ({ priority }) => priority],
  ["background", ({ background }) => background ? 1 : 0],
  ["age", ({ age }) => age === null ? NOTHING : Math.round(age)],
  ["due", ({ due }) => due === null ? NOTHING : due],
  ["losses", ({ losses }) => losses],
  ["failures", ({ failures }) => failures],
  ["numerator", ({ progress }) => progress === null ? 0 : progress.numerator],
  ["denominator", ({ progress }) => progress === null ? 0 : progress.denominator],
  ["bytes", ({ bytes }) => bytes === null ? NOTHING : bytes],
  ["clients", ({ clients }) => clients],
  ["submitter", ({ submitter }) => submitter === null ? NOTHING : peerName(submitter)],
  ["worker", ({ worker }) => worker === null ? NOTHING : peerName(worker)],
];

/** Of its runs they tell the last one. */
const DEAD_COLUMNS: readonly Column<DeadFacts>[] = [
  ["handle", ({ handle }) => handle],
  ["function", (job) => escapeName(job.function)],
  ["unique", ({ unique }) => escapeName(unique)],
  ["died", ({ diedAt }) => diedAt],
  ["losses", ({ losses }) => losses],
  ["failures", ({ failures }) => failures],
  ["bytes", ({ bytes }) => bytes],
  ["cause", ({ runs }) => runs.at(-1)?.cause ?? NOTHING],
  ["worker", ({ runs }) => textCell(runs.at(-1)?.worker, NOTHING)],
  ["text", ({ runs }) => textCell(runs.at(-1)?.text, NOTHING)],
];

/** Each function has a cell of its own at the end of the row; without functions one cell is empty. */
const CONNECTION_COLUMNS: readonly Column<ConnectionFacts>[] = [
  ["connection", peerName],
  ["client_id", ({ clientId }) => escapeName(clientId)],
  ["running", ({ running }) => running],
  ["waiting_for", ({ waitingFor }) => waitingFor],
  ["sleeping", ({ isSleeping }) => isSleeping ? 1 : 0],
  ["quiet", ({ isQuiet }) => isQuiet ? 1 : 0],
  ["functions", ({ functions }) => functions.length],
  ["names", ({ functions }) => functions.length === 0 ? "" : escapeName(functions[0])],
];

/** The cells of the other functions. */
function* otherNames({ functions }: ConnectionFacts): Generator<string> {
  for (let index = 1; index < functions.length; index++) yield TAB + escapeName(functions[index]);
}

/** `list functions` (an addition of ours, as all that begins with `list`). */
export const listFunctions: TextHandler = listing(
  (facts, passes) => facts.functions(passes),
  FUNCTION_FILTERS,
  FUNCTION_COLUMNS,
);

/** `list jobs` */
export const listJobs: TextHandler = listing(
  (facts, passes) => facts.allJobs(passes),
  JOB_FILTERS,
  JOB_COLUMNS,
);

/** `list job HANDLE` */
export function listJob({ router }: Connection, words: string[]): TextAnswer {
  if (words.length !== 3) return invalid("list job takes one handle");
  const answer = (job: Job | null) =>
    job === null
      ? errorLine("UNKNOWN_JOB")
      : `${headOf(JOB_COLUMNS)}${rowOf(JOB_COLUMNS, router.facts.job(job))}\n${END}`;
  return ofJobMeant(router, words[2], (job, tell) => tell(answer(job)));
}

/** `list connections` */
export const listConnections: TextHandler = listing(
  (facts, passes) => facts.connections(passes),
  CONNECTION_FILTERS,
  CONNECTION_COLUMNS,
  otherNames,
);

/** `list dead` */
export const listDead: TextHandler = listing(
  (facts, passes) => facts.deadJobs(passes),
  FUNCTION_FILTERS,
  DEAD_COLUMNS,
);

/** `show dead [FUNCTION]`: the same without the names of the columns. */
export function* showDead({ router }: Connection, name?: string): Generator<string> {
  const passes = name === undefined ? undefined : FUNCTION_FILTERS.function(name, router);
  for (const fact of router.facts.deadJobs(passes as Filter<Named> | undefined)) {
    yield fact === null ? "" : `${rowOf(DEAD_COLUMNS, fact)}\n`;
  }
  yield END;
}

/** `list limits` */
export const listLimits: TextHandler = listing(
  (facts, passes) => facts.limits(passes),
  FUNCTION_FILTERS,
  [["function", ({ name }) => escapeName(name)], ...LIMIT_COLUMNS],
);

/** `list pauses` */
export const listPauses: TextHandler = listing(
  (facts, passes) => facts.pauses(passes),
  FUNCTION_FILTERS,
  PAUSE_COLUMNS,
);

/**
 * A handler that answers with the column names, a line for each item that passes the filters, and a dot.
 *
 * @param moreCells what comes behind the columns.
 */
function listing<Item, Fact extends object>(
  factsOf: (facts: Facts, passes: Filter<Item>) => Iterable<Fact | null | Wait>,
  filters: Filters<Item>,
  columns: readonly Column<Fact>[],
  moreCells?: (fact: Fact) => Iterable<string>,
): TextHandler {
  function* rows({ facts }: Router, { passes, limit }: Selection<Item>): Generator<string | Wait> {
    yield headOf(columns);
    let left = limit;
    if (left > 0) {
      for (const fact of factsOf(facts, passes)) {
        if (fact === null || typeof fact === "function") {
          yield fact ?? "";
          continue;
        }
        yield rowOf(columns, fact);
        if (moreCells !== undefined) yield* moreCells(fact);
        yield "\n";
        if (--left === 0) break;
      }
    }
    yield END;
  }
  return ({ router }, [, , ...words]) => {
    const selected = selection(router, filters, words);
    return typeof selected === "string" ? invalid(selected) : rows(router, selected);
  };
}

/** Which items a listing has: those that pass all filters, and at most `limit` of them. */
interface Selection<Item> {
  readonly passes: Filter<Item>;
  readonly limit: number;
}

/** Understands words such as `state=waiting` and `limit=10`, or says what is wrong with them. */
function selection<Item>(
  router: Router,
  known: Filters<Item>,
  words: readonly string[],
): Selection<Item> | string {
  const filters: Filter<Item>[] = [];
  const names = new Set<string>();
  let limit = Infinity;
  for (const word of words) {
    const [, name, value] = /^([a-z]+)=(.*)$/s.exec(word) ?? [];
    if (name === undefined) return `A filter must have the form NAME=VALUE, not ${word}`;
    if (names.has(name)) return `The filter ${name} is given more than once`;
    names.add(name);
    if (name === "limit") {
      if (!/^\d{1,15}$/.test(value)) return "limit must be an integer >= 0";
      limit = Number(value);
      continue;
    }
    if (!Object.hasOwn(known, name)) return `There is no filter ${name}`;
    const filter = known[name](value, router);
    if (typeof filter === "string") return filter;
    filters.push(filter);
  }
  return { passes: (item) => filters.every((passes) => passes(item)), limit };
}
