import { GearmanError } from "../errors.ts";

/**
 * The server has understood a text command and refuses: its answer is `ERR`.
 *
 * @example
 * ```ts
 * import { Admin, CommandRefusedError, Server } from "@geartrain/server";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using server = new Server();
 * await using admin = new Admin(server);
 * const error = await assertRejects(() => admin.shutdown(), CommandRefusedError);
 * assertEquals(error.code, "NOT_ALLOWED");
 * ```
 */
export class CommandRefusedError extends GearmanError {
  /** `"CommandRefusedError"` */
  override readonly name = "CommandRefusedError";
  /** The whole answer. */
  readonly line: string;
  /** Its first word behind `ERR`, in capitals: a code such as `UNKNOWN_JOB`, if the server has one. */
  readonly code: string;
  /** What follows that word, for people. */
  readonly reason: string;
  /** Does it not even know the command? */
  readonly isUnknownCommand: boolean;

  /** An error with the line that answered a command. */
  constructor(line: string, command: string) {
    const text = line.slice("ERR ".length).trim();
    const [code] = text.split(" ", 1);
    const isUnknown = code.toUpperCase() === "UNKNOWN_COMMAND";
    super(
      isUnknown
        ? `the server does not know the command ${JSON.stringify(command)}`
        : `the server refuses ${JSON.stringify(command)}: ${readable(text)}`,
    );
    this.line = line;
    this.code = code.toUpperCase();
    this.isUnknownCommand = isUnknown;
    this.reason = readable(text).slice(code.length).trim();
  }
}

/**
 * The server does not do what is asked, or does not tell enough for it: it is another one than
 * geartrain.
 *
 * @example
 * ```ts
 * import { GearmanError, UnsupportedError } from "@geartrain/server";
 * import { assert } from "@std/assert";
 *
 * assert(new UnsupportedError("this server does not tell the handles of jobs") instanceof GearmanError);
 * ```
 */
export class UnsupportedError extends GearmanError {
  /** `"UnsupportedError"` */
  override readonly name = "UnsupportedError";
}

/**
 * No answer will come, or it is not a Gearman server's: the connection cannot be used
 * any more.
 *
 * @example
 * ```ts
 * import { Admin, NoAnswerError } from "@geartrain/server";
 * import { assertRejects } from "@std/assert";
 *
 * using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * await using admin = new Admin(`127.0.0.1:${silent.addr.port}`, { timeout: 10 });
 * await assertRejects(() => admin.version(), NoAnswerError);
 * ```
 */
export class NoAnswerError extends GearmanError {
  /** `"NoAnswerError"` */
  override readonly name: string = "NoAnswerError";
}

/** Takes the error of a server that refuses with such a code for an answer. */
export function ifRefused<Answer>(
  code: string,
  answer: Answer,
  otherCode = code,
): (error: unknown) => Answer {
  return (error) => {
    const isMeant = error instanceof CommandRefusedError && [code, otherCode].includes(error.code);
    if (isMeant) return answer;
    throw error;
  };
}

/** The server has closed the connection before it had answered. */
export class ClosedEarlyError extends NoAnswerError {
  override readonly name = "ClosedEarlyError";
}

/** What answers is something else than a Gearman server. */
export function noGearmanServer(answer: string): NoAnswerError {
  const what = answer.startsWith("HTTP/") ? "an HTTP server" : "not a Gearman server";
  const shown = answer.length > 40 ? `${answer.slice(0, 40)}...` : answer;
  return new NoAnswerError(`what answers is ${what}; it says ${JSON.stringify(shown)}`);
}

/** How an ERROR packet begins; its length follows. */
const ERROR_PACKET = "\0RES\0\0\0\x13";

/** A packet comes where a text should: an ERROR, if there is no room for one more connection. */
export function binaryAnswer(answer: string): NoAnswerError {
  const [code, text] = answer.slice(ERROR_PACKET.length + 4).split("\0");
  return answer.startsWith(ERROR_PACKET) && text !== undefined
    ? new NoAnswerError(`the server says: ${text} (${code})`)
    : noGearmanServer("a binary answer");
}

/** `INVALID_ARGUMENTS An+incomplete+set` without what stands for spaces. */
function readable(text: string): string {
  return text.replace(/^\S+ \S+$/, (words) => words.replaceAll("+", " "));
}
