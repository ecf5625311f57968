/**
 * Configuration files in TOML: from their values to the texts that a command line would have.
 *
 * @module
 */
import { parse, TomlError } from "smol-toml";
import { OptionError } from "../../options/kinds.ts";

/**
 * The keys and values of a text.
 *
 * @throws {OptionError} when it is no TOML; names the line.
 */
export function parsedToml(text: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason] = error.message.replace("Invalid TOML document: ", "").split("\n");
    throw new OptionError(`line ${error.line}, column ${error.column}: ${reason}`);
  }
}

/**
 * The texts that a command line would have for the value of an option; an array repeats the option.
 *
 * @throws {OptionError} for a value that no option has.
 */
export function textsOf(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => textsOf(name, one));
  if (typeof value === "string") return [value];
  if (name === "listen-mode") {
    throw new OptionError(`${name}: an octal mode must be a string such as "0660"`);
  }
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return [String(value)];
  }
  if (name === "max-queue" && isTable(value)) {
    return Object.entries(value).map(([func, limits]) => `${func}=${limitsText(func, limits)}`);
  }
  throw new OptionError(`${name}: a value of this kind is not understood`);
}

/** `N`, `[HIGH, NORMAL, LOW]` or `{ high, normal, low }` as the command line has it. */
function limitsText(func: string, limits: unknown): string {
  if (Array.isArray(limits)) return limits.join(",");
  if (!isTable(limits)) return String(limits);
  const { high = 0, normal = 0, low = 0, ...others } = limits;
  const [unknown] = Object.keys(others);
  if (unknown === undefined) return [high, normal, low].join(",");
  throw new OptionError(`max-queue: ${func} has ${unknown}; there are high, normal and low`);
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Date);
}
