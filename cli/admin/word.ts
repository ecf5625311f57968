import { OptionError } from "../../options/kinds.ts";
import { type Column, table } from "../table.ts";
import type { TextConnection } from "../../client/admin/text_connection.ts";
import type { JobSelection, Told } from "../../client/admin/facts.ts";

/** What a server has answered. */
export interface Answer {
  /** For people: lines. */
  readonly lines: readonly string[];
  /** For programs. */
  readonly json: unknown;
  /** A remark for standard error. */
  readonly note?: string;
}

/** Asks a server. */
export type Question = (server: TextConnection) => Promise<Answer>;

/** Something that `geartrain admin` can be told. */
export interface AdminWord {
  readonly name: string;
  /** What follows it, as its help shows it. */
  readonly usage?: string;
  /** What it does, in a sentence. */
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

/** @throws {OptionError} when there are arguments. */
export function noneOf(name: string, [first]: readonly string[]): void {
  if (first !== undefined) {
    throw new OptionError(`${name}: unexpected argument ${JSON.stringify(first)}`);
  }
}

/** A word that nothing follows. */
export function bareWord(name: string, help: string, question: Question): AdminWord {
  return {
    name,
    help,
    question: (args) => {
      noneOf(name, args);
      return question;
    },
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

/** @throws {OptionError} when there is not exactly one argument, or it is empty. */
export function onlyOf(name: string, what: string, args: readonly string[]): string {
  const [word, ...others] = args;
  if (word === undefined || word === "") throw new OptionError(`${name}: name ${what}`);
  noneOf(name, others);
  return word;
}

/** @throws {OptionError} when the server would not take this for one word of a command line. */
export function oneWord(name: string, word: string): string {
  // Space, control characters: a line feed would begin another command.
  if (!/[\s\p{Cc}]/u.test(word)) return word;
  throw new OptionError(
    `${name}: a name must have no space and no control character: ${JSON.stringify(word)}`,
  );
}
