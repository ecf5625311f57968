import { OptionError } from "../../options/kinds.ts";
import { type AnyOption, dashedNames, UnknownOption } from "./option.ts";

/** How many letters must be given at least to mean the one word that begins with them. */
const SHORTEST_BEGINNING = 3;

/** `; did you mean "status"?` for a word that is near one of those that are known, or else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const nearest = nearestTo(word, known);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

/** For a command that is told what to do by one of a few words, and was told something else. */
export function unknownWord(
  command: string,
  word: string | undefined,
  words: readonly string[],
): OptionError {
  const what = word === undefined
    ? "say what to do"
    : `unknown word ${JSON.stringify(word)}${didYouMean(word, words)}`;
  return new OptionError(`${command}: ${what}; the words are ${words.join(", ")}`);
}

/** The message of an error; for an unknown option, with the one that may have been meant. */
export function reasonOf(error: unknown): string {
  const { message } = error as Error;
  if (!(error instanceof UnknownOption)) return message;
  return message + didYouMean(error.arg, error.table.flatMap(shownNames));
}

function shownNames(option: AnyOption): string[] {
  return option.isHidden === true
    ? []
    : dashedNames(option).filter((name) => name.startsWith("--"));
}

function nearestTo(word: string, known: readonly string[]): string | undefined {
  const letters = word.replace(/^-+/, "").length;
  const most = letters <= 3 ? 1 : letters <= 6 ? 2 : 3;
  let nearest: string | undefined;
  let least = most + 1;
  for (const candidate of known) {
    const distance = distanceOf(word.toLowerCase(), candidate);
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  if (nearest !== undefined || letters < SHORTEST_BEGINNING) return nearest;
  const longer = known.filter((candidate) => candidate.startsWith(word.toLowerCase()));
  return longer.length === 1 ? longer[0] : undefined;
}

/** How many letters must be added, left out, changed, or swapped with the next one. */
function distanceOf(a: string, b: string): number {
  // Row by row: how far the first letters of `a` are from the first letters of `b`.
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + change);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}
