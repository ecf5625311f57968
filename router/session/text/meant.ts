import { bytesOf, unescapeName } from "../../../protocol/mod.ts";
import type { Job } from "../../model/job.ts";
import type { Router } from "../../router.ts";

/**
 * The function that a word names: the one of that very name, or else the one whose name it is with
 * escapes undone, as spaces and control characters have to be written. One that is new has that very
 * name, as in the C server.
 */
export function functionMeant({ functions }: Router, word: string): Uint8Array {
  const literal = bytesOf(word);
  if (!word.includes("%") || functions.knows(literal)) return literal;
  const unescaped = unescapeName(word);
  return functions.knows(unescaped) ? unescaped : literal;
}

/** The job that a word names, likewise. */
export function jobMeant({ jobs }: Router, word: string): Job | undefined {
  const [literal, unescaped] = [bytesOf(word), unescapeName(word)];
  return jobs.findAny(literal, 0, literal.length) ?? jobs.findAny(unescaped, 0, unescaped.length);
}
