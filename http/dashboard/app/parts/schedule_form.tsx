/** @jsxImportSource preact */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ScheduleAnswer, ScheduleRequest } from "../../../api/schedule_types.ts";
import { setSchedule } from "../schedule_orders.tsx";
import { Section } from "./small.tsx";

/** Fields that are lines of text, with what they are called and what is in them at first. */
const LINES = [
  ["cron", "Cron", "0 3 * * *"],
  ["everySeconds", "Or every, in seconds", ""],
  ["timezone", "Time zone", "UTC"],
  ["function", "Function", ""],
  ["unique", "Unique", ""],
  ["payload", "Payload", ""],
] as const;

/** Fields that are one of some words. */
const WORDS = [
  ["priority", "Priority", ["normal", "high", "low"]],
  ["catchUp", "Catch up missed runs", ["none", "last", "all"]],
  ["overlap", "While the last job lives", ["allow", "skip", "replace"]],
] as const;

type Field = typeof LINES[number][0] | typeof WORDS[number][0] | "name";

/** Changes a schedule, or makes one. */
export function ScheduleForm(
  { schedule, then }: { schedule: ScheduleAnswer | null; then(name: string): void },
): JSX.Element {
  const [values, setValues] = useState(() => valuesOf(schedule));
  const set = (field: Field, value: string) => setValues({ ...values, [field]: value });
  const line = (field: Field, title: string) => (
    <label key={field}>
      {title}
      <input
        name={field}
        autocomplete="off"
        value={values[field]}
        onInput={({ currentTarget }) => set(field, currentTarget.value)}
      />
    </label>
  );
  return (
    <Section title={schedule === null ? "A new schedule" : "Change it"}>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          const name = schedule?.name ?? values.name;
          setSchedule(name, requestOf(values, schedule), () => then(name));
        }}
      >
        {schedule === null && line("name", "Name")}
        {LINES.map(([field, title]) => line(field, title))}
        {WORDS.map(([field, title, words]) => (
          <label key={field}>
            {title}
            <select
              name={field}
              value={values[field]}
              onChange={({ currentTarget }) => set(field, currentTarget.value)}
            >
              {words.map((word) => <option value={word} key={word}>{word}</option>)}
            </select>
          </label>
        ))}
        <button type="submit">Set …</button>
        {schedule !== null && <span class="faint">Without a payload that stays as it is.</span>}
      </form>
    </Section>
  );
}

function valuesOf(schedule: ScheduleAnswer | null): Record<Field, string> {
  const first = schedule === null
    ? Object.fromEntries(LINES.map(([field, , value]) => [field, value]))
    : {
      ...schedule,
      cron: schedule.cron ?? "",
      everySeconds: String(schedule.everySeconds ?? ""),
      payload: schedule.payloadBase64 === undefined ? schedule.payload ?? "" : "",
    };
  const words = WORDS.map(([field, , [word]]) => [field, schedule?.[field] ?? word]);
  return { name: "", ...first, ...Object.fromEntries(words) } as Record<Field, string>;
}

function requestOf(values: Record<Field, string>, schedule: ScheduleAnswer | null) {
  const { cron, everySeconds, function: func, unique, payload } = values;
  const isName = (name: "function" | "unique") => schedule?.[name] === values[name];
  return {
    ...everySeconds === "" ? { cron } : { everySeconds: Number(everySeconds) },
    timezone: values.timezone,
    ...bytesOr(isName("function") ? schedule?.functionBase64 : undefined, "function", func),
    ...bytesOr(isName("unique") ? schedule?.uniqueBase64 : undefined, "unique", unique),
    ...payload !== "" && { payload },
    priority: values.priority,
    catchUp: values.catchUp,
    overlap: values.overlap,
    ...schedule !== null && { catchUpMost: schedule.catchUpMost },
  } as ScheduleRequest;
}

/** A name that is no UTF-8 is sent as it came. */
function bytesOr(base64: string | undefined, field: string, text: string): object {
  return base64 === undefined ? { [field]: text } : { [`${field}Base64`]: base64 };
}
