import { createReadStream, fstatSync } from "node:fs";
import { stat } from "node:fs/promises";
import process from "node:process";
import { linesOf, wholeOf } from "../lines.ts";
import { OptionError } from "../../options/kinds.ts";
import type { SubmitSettings } from "./options.ts";

export interface Input {
  /** Null when the payload is larger than it may be. */
  readonly payload: Uint8Array | null;
  /** How many bytes of the input it takes. */
  readonly size: number;
}

export interface Inputs {
  readonly inputs: AsyncIterator<Input>;
  /** What messages call one of the inputs. */
  readonly noun: "line" | "job";
  /** May there be more than one? */
  readonly areMany: boolean;
  /** The size of all, in bytes, if that is known. */
  readonly size: number | null;
}

const encoder = new TextEncoder();
const STDIN = "-";
const STDIN_DESCRIPTOR = 0;

/**
 * The payloads that a command line asks for: each of its words is one, or with an option for lines
 * each line of what it names.
 *
 * @throws {OptionError} when the words do not go with the options, or a file is not there.
 */
export async function inputsOf(
  words: readonly string[],
  settings: SubmitSettings,
  limit: number,
): Promise<Inputs> {
  checkWords(words, settings);
  const byLine = readsLines(settings);
  const sources = words.length > 0 ? words : settings.withoutInput ? [""] : [STDIN];
  const sizes = await Promise.all(sources.map(sizeOf));
  return {
    inputs: byLine ? eachLine(sources, limit, settings) : eachWhole(sources, limit),
    noun: byLine ? "line" : "job",
    areMany: byLine || sources.length > 1,
    size: sizes.includes(null) ? null : sizes.reduce((sum, size) => sum! + size!, 0),
  };
}

export function readsLines({ lines, wholeLines, bareLines }: SubmitSettings): boolean {
  return lines === true || wholeLines === true || bareLines === true;
}

function checkWords(words: readonly string[], settings: SubmitSettings): void {
  const ofStdin = words.filter((word) => word === STDIN).length;
  if (ofStdin > 1) throw new OptionError("submit: - more than once");
  if (settings.withoutInput && ofStdin > 0) {
    throw new OptionError("-s/--skip-input: together with -, the standard input");
  }
  if (!readsLines(settings)) return;
  if (settings.withoutInput) throw new OptionError("-s/--skip-input: together with lines of it");
  const word = words.find((word) => word !== STDIN && !isFile(word));
  if (word !== undefined) {
    throw new OptionError(`submit: ${JSON.stringify(word)} has no lines; give @FILE or -`);
  }
}

async function* eachWhole(sources: readonly string[], limit: number): AsyncGenerator<Input> {
  for (const source of sources) {
    if (source !== STDIN && !isFile(source)) {
      const payload = encoder.encode(source);
      yield { payload: payload.length > limit ? null : payload, size: payload.length };
    } else {
      if (source === STDIN && process.stdin.isTTY && process.stderr.isTTY) {
        process.stderr.write("geartrain: the payload is what you type until Ctrl-D\n");
      }
      const { bytes: payload, size } = await wholeOf(chunksOf(source), limit);
      yield { payload, size };
    }
  }
}

async function* eachLine(
  sources: readonly string[],
  limit: number,
  { wholeLines }: SubmitSettings,
): AsyncGenerator<Input> {
  const options = { limit, withNewline: wholeLines === true };
  for (const source of sources) {
    for await (const { bytes, size } of linesOf(chunksOf(source), options)) {
      yield { payload: bytes, size };
    }
  }
}

function isFile(word: string): boolean {
  return word.startsWith("@");
}

function chunksOf(source: string): AsyncIterable<Uint8Array> {
  return source === STDIN ? process.stdin : createReadStream(source.slice(1));
}

/** The size in bytes; null when it is not known before the end. */
async function sizeOf(source: string): Promise<number | null> {
  if (isFile(source)) {
    const path = source.slice(1);
    try {
      const stats = await stat(path);
      if (stats.isDirectory()) throw new OptionError(`${path} is a directory`);
      return stats.isFile() ? stats.size : null;
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOENT") throw error;
      throw new OptionError(`there is no file ${JSON.stringify(path)}`);
    }
  }
  return source === STDIN ? sizeOfStdin() : source.length;
}

function sizeOfStdin(): number | null {
  try {
    const stats = fstatSync(STDIN_DESCRIPTOR);
    return stats.isFile() ? stats.size : null;
  } catch {
    // The standard input is closed.
    return null;
  }
}
