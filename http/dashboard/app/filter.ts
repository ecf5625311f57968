/**
 * The filter of a search as the URL has it and as a request has it.
 *
 * @module
 */
import type { CancelRequest, JobStateText } from "../../api/types.ts";
import { decodedName } from "./text.ts";

/** The filter of the URL as the body of a request has it. */
export function filterOf(
  given: Readonly<Record<string, string | undefined>>,
): Omit<CancelRequest, "dryRun"> {
  const text = (name: string) => given[name] === undefined ? undefined : decodedName(given[name]);
  const filter = {
    ...given.function !== undefined && functionFilter(given.function),
    state: text("state") as JobStateText | undefined,
    handle: text("handle"),
    unique: text("unique"),
    client: text("client"),
    minAge: given.minAge === undefined ? undefined : Number(given.minAge),
    payload: text("payload"),
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/** A name that is no UTF-8 goes as its bytes. */
function functionFilter(encoded: string): { function?: string; functionBase64?: string } {
  try {
    return { function: decodeURIComponent(encoded) };
  } catch {
    const binary = encoded.replace(
      /%([0-9a-f]{2})/gi,
      (_, digits) => String.fromCharCode(parseInt(digits, 16)),
    );
    return { functionBase64: btoa(binary) };
  }
}
