import type { Connection } from "../connection.ts";
import type { Rows } from "./rows.ts";

/**
 * The whole answer as a byte string, line ends included; its rows, if it may be long; null for "unknown
 * command"; or a function that goes on with the work, to be called with one that takes the answer when
 * there is one.
 */
export type TextAnswer = string | Rows | null | ((tell: (answer: string) => void) => void);

/** Answers one text command. `words[0]` is the command itself. */
export type TextHandler = (connection: Connection, words: string[]) => TextAnswer;
