import type { RandomNumbers } from "../support/random_numbers.ts";

/** What jobs are for. */
export const FUNCTIONS = ["resize", "mail", "index"] as const;

/** A packet that submits a job. */
export interface Submit {
  readonly type:
    | `SUBMIT_JOB${"" | "_HIGH" | "_LOW"}${"" | "_BG"}`
    | "SUBMIT_JOB_EPOCH"
    | "SUBMIT_REDUCE_JOB_BACKGROUND";
  readonly args: readonly string[];
  readonly isBackground: boolean;
  /** Function, unique, reducer and payload, as the worker of {@linkcode contentOf} gets them. */
  readonly content: string;
}

const PRIORITIES = ["", "_HIGH", "_LOW"] as const;
/** Uniques that many clients have in common, and payloads that are keys. */
const SHARED = 12;

/** What a worker gets, in one string. */
export function contentOf(...parts: readonly [string, string, string, string]): string {
  return parts.join("\0");
}

/**
 * Packets that belong together: a background job of any kind, alone or joining a foreground one.
 *
 * @param name of the job; nobody has used it before.
 * @param fill more of its payload.
 * @param now in seconds since the Unix epoch.
 */
export function randomSubmits(
  random: RandomNumbers,
  name: string,
  fill: string,
  now: number,
): Submit[] {
  const func = FUNCTIONS[random(FUNCTIONS.length)];
  const priority = PRIORITIES[random(PRIORITIES.length)];
  const payload = `${name} ${fill}`;
  const content = (unique: string, reducer = "", data = payload) =>
    contentOf(func, unique, reducer, data);
  const inBackground = (unique: string, data = payload): Submit => ({
    type: `SUBMIT_JOB${priority}_BG`,
    args: [func, unique, data],
    isBackground: true,
    content: content(unique, "", data),
  });
  switch (random(8)) {
    case 0:
      return [inBackground(`only ${name}`)];
    case 1:
      return [inBackground(`shared ${random(SHARED)}`)];
    case 2:
      return [inBackground("-", `key ${random(SHARED)}`)];
    case 3: {
      const type = "SUBMIT_REDUCE_JOB_BACKGROUND";
      const args = [func, "", "sum", "", payload];
      return [{ type, args, isBackground: true, content: content("", "sum") }];
    }
    case 4: {
      // Due at once, or soon.
      const args = [func, "", `${now - 1 + random(4)}`, payload];
      return [{ type: "SUBMIT_JOB_EPOCH", args, isBackground: true, content: content("") }];
    }
    case 5: {
      const joining = inBackground(`joined ${name}`);
      return [{ ...joining, type: `SUBMIT_JOB${priority}`, isBackground: false }, joining];
    }
    default:
      return [inBackground("")];
  }
}
