import { byteString, decodeName, encodeName, unescapeName } from "../../protocol/mod.ts";
import type { TextConnection } from "../../client/admin/text_connection.ts";
import { failures, type FunctionFact, functionFacts } from "../../client/admin/facts.ts";

export const SORT_KEYS = ["name", "waiting", "scheduled", "running", "workers", "done"] as const;

type SortKey = typeof SORT_KEYS[number];

/** How the functions are looked at. */
export interface ViewState {
  readonly sort: SortKey;
  /** Unless reversed, names begin with a, and numbers with the largest. */
  readonly isReversed: boolean;
  /** Only names with this in them, in upper or lower case. */
  readonly filter: string;
  /** Do letters belong to the filter? */
  readonly isTyping: boolean;
  /** How many functions are above the screen. */
  readonly offset: number;
}

export const FIRST_STATE: ViewState = {
  sort: "waiting",
  isReversed: false,
  filter: "",
  isTyping: false,
  offset: 0,
};

/** What scrolling needs to know: functions on a screen, and all of them. */
export interface Extent {
  readonly page: number;
  readonly count: number;
}

const LETTERS: Readonly<Record<string, SortKey>> = {
  n: "name",
  w: "waiting",
  s: "scheduled",
  r: "running",
  k: "workers",
  d: "done",
};

/** The keys in what a terminal sends: each is a letter, or the sequence of a special key. */
export function keysOf(input: string): string[] {
  // deno-lint-ignore no-control-regex
  return input.match(/\x1b(?:\[[\d;]*[A-Za-z~]|O[A-Za-z])|[^]/gu) ?? [];
}

/** The look after a key; null if the key ends it. */
export function pressed(state: ViewState, key: string, extent: Extent): ViewState | null {
  if (key === "\x03") return null;
  return state.isTyping ? typed(state, key) : commanded(state, key, extent);
}

/** Letters make up the filter until it is taken by Enter or dropped by Escape. */
function typed(state: ViewState, key: string): ViewState {
  switch (key) {
    case "\r":
    case "\n":
      return { ...state, isTyping: false };
    case "\x1b":
      return { ...state, isTyping: false, filter: "" };
    case "\x7f":
    case "\b":
      return { ...state, filter: [...state.filter].slice(0, -1).join(""), offset: 0 };
    default:
      if (key.length > 2 || /\p{Cc}/u.test(key)) return state;
      return { ...state, filter: state.filter + key, offset: 0 };
  }
}

function commanded(state: ViewState, key: string, extent: Extent): ViewState | null {
  if (key === "q" || key === "Q") return null;
  if (key === "/") return { ...state, isTyping: true };
  if (key === "\x1b") return { ...state, filter: "", offset: 0 };
  if (Object.hasOwn(LETTERS, key)) {
    const sort = LETTERS[key];
    return { ...state, sort, isReversed: sort === state.sort && !state.isReversed, offset: 0 };
  }
  const lines = scrolledBy(key, extent);
  return lines === 0 ? state : { ...state, offset: inside(state.offset + lines, extent) };
}

function scrolledBy(key: string, { page, count }: Extent): number {
  const [up, down, pageUp, pageDown] = ["\x1b[A", "\x1b[B", "\x1b[5~", "\x1b[6~"];
  const lines: Readonly<Record<string, number>> = {
    ...{ [up]: -1, [down]: 1, [pageUp]: -page, [pageDown]: page, " ": page },
    // Home and end, of which terminals send one or the other.
    ...{ "\x1b[H": -count, "\x1b[1~": -count, "\x1b[F": count, "\x1b[4~": count },
  };
  return lines[key.replace("\x1bO", "\x1b[")] ?? 0;
}

/** An offset that leaves no room below the last function. */
export function inside(offset: number, { page, count }: Extent): number {
  return Math.max(0, Math.min(offset, count - page));
}

/** Those with this text in their names; if there are none, with the text that it escapes. */
function filtered(rows: readonly FunctionRow[], text: string): FunctionRow[] {
  const withText = (text: string) => rows.filter(({ name }) => name.toLowerCase().includes(text));
  const found = withText(text);
  if (found.length > 0 || !text.includes("%")) return found;
  return withText(decodeName(unescapeName(byteString(encodeName(text)))).toLowerCase());
}

/** What a function is sorted by; the change where a server does not tell how many jobs were done. */
function valueOf(row: FunctionRow, sort: Exclude<SortKey, "name">): number {
  return (sort === "done" ? row.done ?? row.change : row[sort]) ?? 0;
}

/** The functions that are looked at, in their order. */
export function selected(rows: readonly FunctionRow[], state: ViewState): FunctionRow[] {
  const found = filtered(rows, state.filter.toLowerCase());
  const byName = (a: FunctionRow, b: FunctionRow) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
  const { sort } = state;
  if (sort === "name") found.sort(byName);
  else found.sort((a, b) => valueOf(b, sort) - valueOf(a, sort) || byName(a, b));
  return state.isReversed ? found.reverse() : found;
}

interface Priorities {
  readonly high: number;
  readonly normal: number;
  readonly low: number;
}

/** A function at one moment. What a server does not tell is null. */
export interface FunctionRow {
  readonly name: string;
  readonly waiting: number;
  readonly priorities: Priorities | null;
  /** Jobs that wait for their due time. */
  readonly scheduled: number | null;
  readonly running: number;
  readonly workers: number;
  /** Jobs done a second since the look before; null at the first look, too. */
  readonly done: number | null;
  readonly failed: number | null;
  /** Jobs that came a second minus those that went. */
  readonly change: number | null;
}

export interface Snapshot {
  /** Milliseconds of a clock that is never set. */
  readonly at: number;
  readonly functions: readonly FunctionRow[];
  /** What the server does not tell, in words; null if it tells all. */
  readonly untold: string | null;
  /** What the rates of the next snapshot are counted from. */
  readonly facts: ReadonlyMap<string, FunctionFact>;
}

/** Asks a server what it has, and compares that with the look before. */
export async function takeSnapshot(
  server: TextConnection,
  earlier: Snapshot | null,
  now: () => number,
): Promise<Snapshot> {
  const { rows, untold } = await functionFacts(server);
  const at = now();
  const seconds = earlier === null ? 0 : (at - earlier.at) / 1000;
  return {
    at,
    functions: rows.map((fact) => rowOf(fact, earlier?.facts.get(fact.function), seconds)),
    untold,
    facts: new Map(rows.map((fact) => [fact.function, fact])),
  };
}

function rowOf(fact: FunctionFact, before: FunctionFact | undefined, seconds: number): FunctionRow {
  const rate = (count: (fact: FunctionFact) => number | undefined) => {
    const [now, then] = [count(fact), before && count(before)];
    return now === undefined || then === undefined || seconds <= 0 ? null : (now - then) / seconds;
  };
  // A function that was dropped and made anew counts from the beginning.
  const gain = (count: (fact: FunctionFact) => number | undefined) => {
    const found = rate(count);
    return found !== null && found < 0 ? null : found;
  };
  const { high, normal, low } = fact;
  const hasPriorities = high !== undefined && normal !== undefined && low !== undefined;
  return {
    name: fact.function,
    waiting: fact.waiting,
    priorities: hasPriorities ? { high, normal, low } : null,
    scheduled: fact.scheduled ?? null,
    running: fact.running,
    workers: fact.workers,
    done: gain(({ completed }) => completed),
    failed: gain(failures),
    change: rate(({ jobs }) => jobs),
  };
}
