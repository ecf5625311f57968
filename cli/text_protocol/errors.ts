/** The server has understood and says no: its answer is `ERR`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** The whole answer. */
  readonly line: string;
  /** Its first word behind `ERR`, in capitals, such as `UNKNOWN_JOB`. */
  readonly code: string;
  /** What follows that word, for people. */
  readonly reason: string;

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
    this.reason = readable(text).slice(code.length).trim();
  }
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

/** `INVALID_ARGUMENTS An+incomplete+set` without what stands for spaces. */
function readable(text: string): string {
  return text.replace(/^\S+ \S+$/, (words) => words.replaceAll("+", " "));
}
