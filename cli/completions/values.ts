import { type AnyOption, dashedNames } from "../options/option.ts";

/** Names of values that are paths of files. */
const FILES = ["FILE", "PATH"];

/** What can be completed behind an option: paths, some words, or something only the user knows. */
export type ValueKind = "none" | "file" | "words" | "other";

/** What follows an option. */
export function valueKind({ value, words, valueIsOptional }: AnyOption): ValueKind {
  if (value === undefined || valueIsOptional) return "none";
  if (words !== undefined) return "words";
  return FILES.includes(value) ? "file" : "other";
}

/** The options that a shell offers; what is hidden in the help is hidden there as well. */
export function offered(options: readonly AnyOption[]): AnyOption[] {
  return options.filter(({ isHidden }) => isHidden !== true);
}

/** The first sentence of an option's help. */
export function firstSentence(text: string): string {
  return text.split(/[.;:](?: |$)/, 1)[0];
}

/** The long names of an option, with dashes. */
export function longNames(option: AnyOption): string[] {
  return dashedNames(option).filter((name) => name.startsWith("--"));
}
