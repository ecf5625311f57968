import { integer, oneOf, OptionError, text } from "../../options/kinds.ts";
import { inGroup } from "../../options/rows.ts";
import { noneOf, onlyOf } from "../options/arguments.ts";
import { type Column, table } from "../table.ts";
import type { TextConnection } from "../../client/admin/text_connection.ts";
import type { JobSelection, Told } from "../../client/admin/facts.ts";

/** What a server has answered. */
export interface Answer {
  /** The answer for people, line by line. */
  readonly lines: readonly string[];
  /** The answer for programs. */
  readonly json: unknown;
  /** A remark for standard error. */
  readonly note?: string;
}

export type Question = (server: TextConnection) => Promise<Answer>;

/** A word that may follow `geartrain admin`. */
export interface AdminWord {
  readonly name: string;
  /** What follows the word, as the help shows it. */
  readonly usage?: string;
  readonly help: string;
  /** Does it change something? Then it is done once only. */
  readonly changes?: (args: readonly string[]) => boolean;
  /** The options that say which jobs are meant; others are refused. */
  readonly selects?: readonly (keyof JobSelection)[];
  /**
   * What to ask, with what follows the word.
   *
   * @throws {OptionError} when that is not what it needs.
   */
  readonly question: (args: readonly string[], selection: JobSelection) => Question;
}

const JOB_STATES = ["waiting", "scheduled", "running", "storing", "kept"] as const;

/** How many jobs are listed at most, without `--limit`. */
export const DEFAULT_LIMIT = 1000;

/** The options that say which jobs are meant. */
export const SELECTION_ROWS = inGroup("Which jobs", {
  function: { kind: text("FUNC"), help: "Jobs of this function." },
  unique: { kind: text("UNIQUE"), help: "Jobs with this unique." },
  state: {
    kind: oneOf("STATE", JOB_STATES),
    help: `Jobs in this state: ${JOB_STATES.join(", ")}.`,
  },
  submitter: {
    kind: text("PEER"),
    help: "Jobs that this client submitted: by connection, address or id.",
  },
  worker: {
    kind: text("PEER"),
    help: "Jobs that this worker runs: by connection, address or client id.",
  },
  limit: { kind: integer(1), default: DEFAULT_LIMIT, help: "List so many at most." },
});

/**
 * What the options select.
 *
 * @throws {OptionError} for an option that does not go with the word.
 */
export function selectionFor(
  { name, selects = [] }: AdminWord,
  settings: JobSelection,
): JobSelection {
  const given = (Object.keys(SELECTION_ROWS) as (keyof JobSelection)[])
    .filter((key) => settings[key] !== undefined);
  const wrong = given.find((key) => !selects.includes(key));
  if (wrong !== undefined) throw new OptionError(`--${wrong}: cannot be used with admin ${name}`);
  return Object.fromEntries(given.map((key) => [key, settings[key]]));
}

/** A word that takes no arguments. */
export function bareWord(name: string, help: string, question: Question): AdminWord {
  return {
    name,
    help,
    question: (args) => {
      noneOf(args, name);
      return question;
    },
  };
}

/** What the argument of an order is, by how the help shows it. */
const ARGUMENTS = { FUNC: "a function", HANDLE: "the handle of a job", WORKER: "a worker" };

/** A word that changes something, and takes one argument. */
export function order(
  name: string,
  usage: keyof typeof ARGUMENTS,
  help: string,
  ask: (server: TextConnection, argument: string) => Promise<Answer>,
): AdminWord {
  const question = (args: readonly string[]): Question => {
    const argument = onlyOf(args, name, ARGUMENTS[usage]);
    if (usage === "HANDLE") oneWord(name, argument);
    return (server) => ask(server, argument);
  };
  return { name, usage, help, changes: () => true, question };
}

/** The answer to an order that is carried out. */
export function okay(line: string): Answer {
  return { lines: [line], json: { ok: true } };
}

/** The same for an order about many: `2 jobs ended`. */
export function counted(count: number, what: "job" | "worker", verb = ""): Answer {
  const line = `${count} ${what}${count === 1 ? "" : "s"} ${verb}`.trimEnd();
  return { lines: [line], json: { ok: true, [`${what}s`]: count } };
}

/** Asks for rows, and shows them as a table. */
export function tableOf<Row>(
  columns: readonly Column<Row>[],
  ask: (server: TextConnection) => Promise<readonly Row[]>,
): Question {
  return async (server) => {
    const json = await ask(server);
    return { lines: table(columns, json), json };
  };
}

/** A table of what the server told, without the columns of which it tells nothing. */
export function toldAnswer<Fact>(
  columns: readonly Column<Fact>[],
  { rows, untold }: Told<Fact>,
): Answer {
  const isTold = ({ cell }: Column<Fact>) => rows.some((row) => cell(row) !== undefined);
  const shown = untold === null ? columns : columns.filter(isTold);
  const note = untold === null ? undefined : `this server does not tell ${untold}`;
  return { lines: table(shown, rows), json: rows, note };
}

/** @throws {OptionError} when the server would not take this for one word of a command line. */
export function oneWord(name: string, word: string): string {
  // Space, control characters: a line feed would begin another command.
  if (!/[\s\p{Cc}]/u.test(word)) return word;
  throw new OptionError(
    `${name}: a name must have no space and no control character: ${JSON.stringify(word)}`,
  );
}
