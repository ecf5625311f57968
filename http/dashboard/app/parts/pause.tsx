/** @jsxImportSource preact */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PauseAnswer, PausedAnswer } from "../../../api/pause_types.ts";
import type { ToldFunction } from "../../../api/told.ts";
import type { Page } from "../../../api/types.ts";
import { mayAct } from "../actions.tsx";
import { useResource } from "../api.ts";
import { pauseFunction, resumeFunction } from "../holds.tsx";
import { encodedName } from "../text.ts";
import { Section } from "./small.tsx";
import { type Column, Table } from "./table.tsx";
import { FunctionLink, Name, Time } from "./text.tsx";

const BEATS = 3;

/** How long a pause may be, in words and in seconds. */
const SPANS: readonly (readonly [string, number | null])[] = [
  ["until resumed", null],
  ["10 minutes", 600],
  ["1 hour", 3600],
  ["8 hours", 8 * 3600],
  ["1 day", 86_400],
];

/** Who paused a function, why, since when and until when. */
export function PauseFacts(
  { pause, name, reload }: { pause: PauseAnswer; name: string; reload(): void },
): JSX.Element {
  return (
    <Section title="Paused">
      <p>No worker gets its jobs. Jobs are taken in, and those that run go on.</p>
      <dl class="facts">
        <div>
          <dt>By</dt>
          <dd>
            <Name of={pause.by} />
          </dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>
            <Time at={pause.since} />
          </dd>
        </div>
        <div>
          <dt>Until</dt>
          <dd>{pause.until === null ? "somebody resumes it" : <Time at={pause.until} />}</dd>
        </div>
        <div>
          <dt>Reason</dt>
          <dd>
            {pause.reason === ""
              ? <span class="faint">none was given</span>
              : <Name of={pause.reason} />}
          </dd>
        </div>
      </dl>
      {mayAct() && (
        <div class="buttons">
          <button type="button" onClick={() => resumeFunction(name, reload)}>Resume …</button>
        </div>
      )}
    </Section>
  );
}

/** Pauses a function, or says anew why and until when. */
export function PauseForm(
  { func, name, reload }: { func: ToldFunction; name: string; reload(): void },
): JSX.Element {
  const [span, setSpan] = useState(0);
  const [reason, setReason] = useState("");
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        const request = { seconds: SPANS[span][1], reason };
        pauseFunction({ name, waiting: func.waiting }, request, reload);
      }}
    >
      <label>
        Pause for
        <select
          name="span"
          value={span}
          onChange={({ currentTarget }) => setSpan(currentTarget.selectedIndex)}
        >
          {SPANS.map(([words], index) => <option value={index} key={words}>{words}</option>)}
        </select>
      </label>
      <label>
        Reason
        <input
          name="reason"
          maxLength={200}
          autocomplete="off"
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
      <button type="submit">{func.paused ? "Pause anew …" : "Pause …"}</button>
    </form>
  );
}

/** The functions that are paused; nothing where none is. */
export function PausedFunctions(): JSX.Element | null {
  const found = useResource<Page<PausedAnswer>>("/pauses", BEATS);
  const pauses = found.data?.items ?? [];
  if (pauses.length === 0) return null;
  return (
    <Section title="Paused functions">
      <Table
        caption="Paused functions"
        columns={columnsWith(found.reload)}
        rows={pauses}
        keyOf={keyOf}
        isOrdered
        nothing=""
      />
      {found.data?.next != null && <p class="faint">There are more.</p>}
    </Section>
  );
}

const keyOf = (pause: PausedAnswer) => encodedName(pause.function, pause.functionBase64);

function columnsWith(reload: () => void): readonly Column<PausedAnswer>[] {
  return [
    {
      id: "function",
      title: "Function",
      cell: (pause) => <FunctionLink name={pause.function} base64={pause.functionBase64} />,
    },
    { id: "since", title: "Since", cell: ({ since }) => <Time at={since} /> },
    {
      id: "until",
      title: "Until",
      cell: ({ until }) => until === null ? "resumed" : <Time at={until} />,
    },
    { id: "by", title: "By", cell: ({ by }) => <Name of={by} /> },
    { id: "reason", title: "Reason", cell: ({ reason }) => <Name of={reason} /> },
    ...mayAct()
      ? [{
        id: "resume",
        title: "Order",
        cell: (pause: PausedAnswer) => (
          <button
            type="button"
            onClick={() => resumeFunction(keyOf(pause), reload)}
          >
            Resume …
          </button>
        ),
      }]
      : [],
  ];
}
