/** @jsxImportSource preact */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { moveJob, runJob } from "../holds.tsx";
import { Section } from "./small.tsx";

/** What can be done to a job that waits for its time. */
export function DueForm(
  { handle, due, reload }: { handle: string; due: string; reload(): void },
): JSX.Element {
  const [time, setTime] = useState(localTime(Date.parse(due)));
  return (
    <Section title="Its time">
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          moveJob(handle, time, reload);
        }}
      >
        <label>
          Due
          <input
            name="due"
            type="datetime-local"
            step={1}
            value={time}
            onInput={({ currentTarget }) => setTime(currentTarget.value)}
          />
        </label>
        <button type="submit">Move …</button>
        <button type="button" onClick={() => runJob(handle, reload)}>Run now …</button>
      </form>
    </Section>
  );
}

/** A moment as such a field has it: local time, without a zone. */
function localTime(moment: number): string {
  const local = moment - new Date(moment).getTimezoneOffset() * 60_000;
  return new Date(local).toISOString().slice(0, 19);
}
