/** The server has understood and says no: its answer is `ERR`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** The whole answer. */
  readonly line: string;
  /** Its first word behind `ERR`, in capitals, such as `UNKNOWN_JOB`. */
  readonly code: string;
  /** What follows that word, for people. */
  readonly reason: string;
  /** Does it not even know the command? */
  readonly isUnknownCommand: boolean;

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

/** The server does not do what is asked, or does not tell enough for it: it is another one than geartrain. */
export class Incapable extends Error {
  override readonly name = "Incapable";
}

/** There is no answer, and none will come: the connection is of no use any more. */
export class NoAnswer extends Error {
  override readonly name: string = "NoAnswer";
}

/** The server has closed the connection before it had answered. */
export class ClosedEarly extends NoAnswer {
  override readonly name = "ClosedEarly";
}

/** What answers is something else than a Gearman server. */
export function noGearmanServer(answer: string): NoAnswer {
  const what = answer.startsWith("HTTP/") ? "an HTTP server" : "no Gearman server";
  const shown = answer.length > 40 ? `${answer.slice(0, 40)}...` : answer;
  return new NoAnswer(`what answers is ${what}; it says ${JSON.stringify(shown)}`);
}

/** How an ERROR packet begins; its length follows. */
const ERROR_PACKET = "\0RES\0\0\0\x13";

/** A packet comes where a text should: an ERROR, if there is no room for one more connection. */
export function binaryAnswer(answer: string): NoAnswer {
  const [code, text] = answer.slice(ERROR_PACKET.length + 4).split("\0");
  return answer.startsWith(ERROR_PACKET) && text !== undefined
    ? new NoAnswer(`the server says: ${text} (${code})`)
    : noGearmanServer("a binary answer");
}

/** `INVALID_ARGUMENTS An+incomplete+set` without what stands for spaces. */
function readable(text: string): string {
  return text.replace(/^\S+ \S+$/, (words) => words.replaceAll("+", " "));
}
