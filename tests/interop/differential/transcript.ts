import type { RawPacket } from "../../support/raw_peer.ts";
import type { Step } from "./script.ts";

/** `H:<host>:<digits>`: programs match them so; those of schedules, which C does not have, begin with `S:`. */
const HANDLE = /^[HS]:[^:]+:[0-9]+$/;

/** What a server sends: a packet, a text line, or its end of the connection. */
export type Item = RawPacket | string | null;

/** One step and what came after it, in lines to read and to compare. */
export interface Scene {
  readonly step: string;
  readonly replies: readonly string[];
}

/**
 * Writes down a conversation. What differs from start to start is masked: handles become `<1>`, `<2>`
 * in the order of their creation.
 */
export class Transcript {
  readonly scenes: Scene[] = [];
  readonly #handles: string[] = [];

  /** Begins a step. */
  begin([connection, action, ...args]: Step): void {
    const step = [connection, action, ...args.map(shown)].join(" ");
    this.scenes.push({ step, replies: [] });
  }

  /** Adds what came on a connection. */
  add(connection: string, items: readonly Item[]): void {
    const lines = items.map((item) => {
      if (item === null) return "closed";
      if (typeof item === "string") return shown(maskLine(this.#mask(item)));
      if (item.type === "JOB_CREATED") this.#learn(item.body);
      const magic = item.magic === "\0RES" ? "" : `${shown(item.magic)} `;
      return `${magic}${item.type} ${shown(this.#mask(item.body))}`;
    });
    const replies = this.scenes.at(-1)!.replies as string[];
    replies.push(...sortListings(lines).map((line) => `${connection} ${line}`));
  }

  /** Text with the handles for `<1>`, `<2>`. */
  fill(text: string): string {
    return text.replace(/<(\d+)>/g, (_, number) => {
      const handle = this.#handles[number - 1];
      if (handle === undefined) throw new Error(`There is no handle ${number}`);
      return handle;
    });
  }

  /** All of it, to show. */
  toString(): string {
    return this.scenes.map(({ step, replies }) => [`> ${step}`, ...replies].join("\n")).join("\n");
  }

  #learn(handle: string): void {
    if (!HANDLE.test(handle)) throw new Error(`No handle as the C server writes them: ${handle}`);
    if (!this.#handles.includes(handle)) this.#handles.push(handle);
  }

  /** The longest first, as one may be the beginning of another. */
  #mask(text: string): string {
    const numbered = this.#handles.map((handle, index) => ({ handle, mask: `<${index + 1}>` }));
    numbered.sort((a, b) => b.handle.length - a.handle.length);
    return numbered.reduce((masked, { handle, mask }) => masked.replaceAll(handle, mask), text);
  }
}

/**
 * Where two transcripts of one script differ: for each such step its line, with `-` what only the
 * first has and with `+` what only the second has.
 */
export function differences(first: Transcript, second: Transcript): string[] {
  return first.scenes.flatMap(({ step, replies }, index) => {
    const others = second.scenes[index]?.replies ?? [];
    if (replies.join("\n") === others.join("\n")) return [];
    const gone = without(replies, others);
    const come = without(others, replies);
    const onlyOrder = gone.length + come.length === 0;
    return [
      step,
      ...(onlyOrder ? replies : gone).map((line) => `- ${line}`),
      ...(onlyOrder ? others : come).map((line) => `+ ${line}`),
    ];
  });
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const position = left.indexOf(line);
    if (position >= 0) left.splice(position, 1);
    return position < 0;
  });
}

/** A text line without what is particular to a server or a connection. */
function maskLine(line: string): string {
  return line
    .replace(/^\d+ (127\.0\.0\.1) /, "<id> $1 ")
    .replace(/^(127\.0\.0\.1):\d+\n/, "$1:<port>\n")
    .replace(/^OK \d+\n$/, "OK <pid>\n")
    .replace(/^OK \d+\.\d+\.\d+\S*\n$/, "OK <version>\n");
}

/** Sorts the lines of listings, which the C server prints in the order of its hash table. */
function sortListings(lines: readonly string[]): string[] {
  const sorted: string[] = [];
  let listing: string[] = [];
  for (const line of lines) {
    if (line.startsWith('"') && !/^"(OK|ERR)\b|^"\.␊"$/.test(line)) listing.push(line);
    else {
      sorted.push(...listing.sort(), line);
      listing = [];
    }
  }
  return [...sorted, ...listing];
}

/**
 * Control characters as the signs for them, other bytes that are not ASCII in hexadecimal, long
 * repetitions as `x{100}`.
 */
function shown(text: string): string {
  const readable = text
    // deno-lint-ignore no-control-regex
    .replace(/[\0-\x1f]/g, (character) => String.fromCharCode(0x2400 + character.charCodeAt(0)))
    .replace(/[\x7f-\xff]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`)
    .replace(/(.)\1{15,}/g, (run, character) => `${character}{${run.length}}`);
  return `"${readable}"`;
}
