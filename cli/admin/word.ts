import { OptionError } from "../options/option_error.ts";
import type { TextConnection } from "../text_protocol/connection.ts";

/** What a server has answered. */
export interface Answer {
  /** For people: lines. */
  readonly lines: readonly string[];
  /** For programs. */
  readonly json: unknown;
}

/** Something that `geartrain admin` can be told. */
export interface AdminWord {
  readonly name: string;
  /** What follows it, as its help shows it. */
  readonly usage?: string;
  /** What it does, in a sentence. */
  readonly help: string;
  /** Does it change something? Then it is done once only. */
  readonly changes?: true;
  /**
   * What to ask, with what follows the word.
   *
   * @throws {OptionError} when that is not what it needs.
   */
  readonly question: (args: readonly string[]) => (server: TextConnection) => Promise<Answer>;
}

/** @throws {OptionError} when there are arguments. */
export function noneOf(name: string, [first]: readonly string[]): void {
  if (first !== undefined) {
    throw new OptionError(`${name}: unexpected argument ${JSON.stringify(first)}`);
  }
}

/** A word that nothing follows. */
export function bareWord(
  name: string,
  help: string,
  answer: (server: TextConnection) => Promise<Answer>,
): AdminWord {
  return {
    name,
    help,
    question: (args) => {
      noneOf(name, args);
      return answer;
    },
  };
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
  throw new OptionError(`${name}: ${JSON.stringify(word)} has a space or a control character`);
}
