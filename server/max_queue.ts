import { inProgram, integer, type Kind, wrong } from "../options/kinds.ts";
import { checkOptions } from "../options/rows.ts";
import type { MaxQueue } from "../router/mod.ts";

/** Limit of the live jobs of a function: one for all priorities, or by priority. 0 is no limit. */
export type MaxQueueSetting = number | {
  readonly high?: number;
  readonly normal?: number;
  readonly low?: number;
};

/** Limits by function name: `FUNC=N` or `FUNC=HIGH,NORMAL,LOW`. An equals sign may be in FUNC. */
export const maxQueues: Kind<Readonly<Record<string, MaxQueueSetting>>> = {
  ...inProgram(["object"], "an object with limits by function name"),
  label: "FUNC=N",
  parse(text) {
    const [, name, sizes] = /^(.+)=(\d{1,15}(?:,\d{1,15}){0,2})$/s.exec(text) ?? [];
    if (name === undefined) throw wrong(text, "FUNC=N or FUNC=HIGH,NORMAL,LOW");
    const [first, normal, low = 0] = sizes.split(",").map(Number);
    return { [name]: normal === undefined ? first : { high: first, normal, low } };
  },
};

const limit = { kind: integer(0) };
const PRIORITIES = { high: limit, normal: limit, low: limit };

/**
 * A limit as the router takes it.
 *
 * @throws {TypeError} for an unknown priority, or a value of another type.
 * @throws {RangeError} when a limit is not an integer >= 0.
 */
export function maxQueueOf(setting: MaxQueueSetting): MaxQueue {
  const limits = typeof setting === "number"
    ? { high: setting, normal: setting, low: setting }
    : setting;
  checkOptions(PRIORITIES, limits, "Option maxQueue must have numbers or objects", "maxQueue.");
  const { high = 0, normal = 0, low = 0 } = limits;
  return [high, normal, low];
}
