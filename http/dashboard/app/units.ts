/**
 * Numbers, sizes and durations in words: numbers of jobs are exact, all digits of them.
 *
 * @module
 */

/** What stands where nothing is known. */
export const NOTHING = "–";

const EXACT = new Intl.NumberFormat("en");
const ONE_DIGIT = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** A count with all its digits: `1,234,567`. */
export function count(value: number | null | undefined): string {
  return value == null ? NOTHING : EXACT.format(value);
}

/** A count with its noun: `1 job`, `2 jobs`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A rate: `0`, `0.4`, `12.5`, `1,200`. */
export function rate(perSecond: number | null | undefined): string {
  if (perSecond == null) return NOTHING;
  return perSecond < 100 ? ONE_DIGIT.format(perSecond) : EXACT.format(Math.round(perSecond));
}

/** A rate that may go either way: `+0.4`, `0`, `-12.5`. */
export function change(perSecond: number | null | undefined): string {
  return `${(perSecond ?? 0) >= 0.05 ? "+" : ""}${rate(perSecond)}`;
}

/** A size: `512 B`, `1.5 KiB`, `20 MiB`. */
export function bytes(size: number | null | undefined): string {
  if (size == null) return NOTHING;
  let value = size;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (value < 1024) return `${unit === "B" ? value : ONE_DIGIT.format(value)} ${unit}`;
    value /= 1024;
  }
  return `${ONE_DIGIT.format(value)} TiB`;
}

/** A duration: `0.4 ms`, `250 ms`, `2.5 s`, `42 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds == null) return NOTHING;
  if (seconds === 0) return "0 s";
  if (seconds < 1) {
    return `${ONE_DIGIT.format(seconds < 0.01 ? seconds * 1000 : Math.round(seconds * 1000))} ms`;
  }
  if (seconds < 10) return `${ONE_DIGIT.format(seconds)} s`;
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  const rest = whole % 60;
  return minutes < 10 && rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`;
}

/** How long ago, or how far ahead: `12 s ago`, `in 3 min`, `now`. */
export function relative(then: number, now: number): string {
  const seconds = Math.round((now - then) / 1000);
  if (seconds === 0) return "now";
  return seconds > 0 ? `${duration(seconds)} ago` : `in ${duration(-seconds)}`;
}

/** Hour and minute of a moment, with the date if it is not today's: `14:02`, `2026-03-01 14:02`. */
export function clockTime(moment: number, now: number): string {
  const [then, today] = [new Date(moment), new Date(now)];
  const time = `${two(then.getHours())}:${two(then.getMinutes())}`;
  return then.toDateString() === today.toDateString() ? time : `${dateOf(then)} ${time}`;
}

/** A moment in full: `2026-03-01 14:02:03.456 +01:00`. */
export function fullTime(moment: number): string {
  const date = new Date(moment);
  const zone = -date.getTimezoneOffset();
  const offset = `${zone < 0 ? "-" : "+"}${two(Math.floor(Math.abs(zone) / 60))}:${
    two(Math.abs(zone) % 60)
  }`;
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${dateOf(date)} ${time}.${String(date.getMilliseconds()).padStart(3, "0")} ${offset}`;
}

function dateOf(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
