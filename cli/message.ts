import { plainText } from "../router/log/text.ts";

/** A message of the program on one line of its own; it may hold names and texts of anybody. */
export function messageLine(text: string): string {
  return `geartrain: ${plainText(text.replaceAll("\n", " "))}\n`;
}

/** What somebody sent, for a terminal: its lines and tabs stay as they are. */
export function textForTerminal(text: string): string {
  return text.split(/([\n\t])/).map((part, index) => index % 2 === 1 ? part : plainText(part)).join(
    "",
  );
}
