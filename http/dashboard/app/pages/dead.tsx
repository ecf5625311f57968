/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { DeadJobAnswer, DeadRunAnswer } from "../../../api/dead_types.ts";
import type { ToldDead } from "../../../api/told.ts";
import { mayAct } from "../actions.tsx";
import { useResource, withQuery } from "../api.ts";
import { dropAll, dropJob, kickAll, kickJob } from "../dead_orders.tsx";
import { Field } from "../parts/field.tsx";
import { Pager } from "../parts/pager.tsx";
import { Waiting } from "../parts/small.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { FunctionLink, Name, Time } from "../parts/text.tsx";
import { route } from "../route.ts";
import { visible } from "../text.ts";
import { count, counted, NOTHING } from "../units.ts";

const BEATS = 3;
const LIMIT = "50";

/** The dead jobs of all functions or of one, those that died first before the others. */
export function DeadPage(): JSX.Element {
  const { function: func, cursor } = route.value.query;
  const path = withQuery("/dead", { function: func, cursor, limit: LIMIT });
  const found = useResource<ToldDead>(path, BEATS);
  return (
    <>
      <h1>Dead jobs</h1>
      <section class="card" aria-label="Search">
        <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
          <Field name="function" title="Function" hint="Its whole name" />
        </form>
        {found.data === null ? <Waiting resource={found} /> : (
          <>
            <Found page={found.data} func={func} reload={found.reload} />
            <Table
              caption="Dead jobs"
              columns={columnsWith(found.reload)}
              rows={found.data.items}
              keyOf={({ handle }) => handle}
              isOrdered
              nothing={func ? "This function has no dead job." : "No job is dead."}
            />
            <Pager next={found.data.next} />
          </>
        )}
      </section>
    </>
  );
}

interface FoundProps {
  readonly page: ToldDead;
  /** The function that was asked for, percent-encoded. */
  readonly func: string | undefined;
  reload(): void;
}

function Found({ page: { items, next, isCut }, func, reload }: FoundProps): JSX.Element {
  return (
    <div class="found">
      <p role="status">
        {counted(items.length, "dead job")}
        {next === null && !isCut ? "." : " on this page; there are more."}{" "}
        {mayAct() && !func && items.length > 0 && "Name a function to kick or drop all of it."}
      </p>
      {mayAct() && func && items.length > 0 && (
        <div class="buttons">
          <button type="button" onClick={() => kickAll(func, reload)}>Kick all that match …</button>
          <button type="button" class="harmful" onClick={() => dropAll(func, reload)}>
            Drop all that match …
          </button>
        </div>
      )}
    </div>
  );
}

function columnsWith(reload: () => void): readonly Column<DeadJobAnswer>[] {
  return [...COLUMNS, ...mayAct() ? [ordersWith(reload)] : []];
}

function ordersWith(reload: () => void): Column<DeadJobAnswer> {
  return {
    id: "orders",
    title: "Orders",
    cell: (job) => (
      <div class="buttons">
        <button type="button" onClick={() => kickJob(job, reload)}>Kick …</button>
        <button type="button" class="harmful" onClick={() => dropJob(job, reload)}>Drop …</button>
      </div>
    ),
  };
}

const COLUMNS: readonly Column<DeadJobAnswer>[] = [
  {
    id: "handle",
    title: "Job",
    cell: ({ handle }) => <span class="handle">{visible(handle)}</span>,
  },
  {
    id: "function",
    title: "Function",
    cell: (job) => <FunctionLink name={job.function} base64={job.functionBase64} />,
  },
  {
    id: "unique",
    title: "Unique",
    told: ({ unique }) => unique || undefined,
    cell: ({ unique }) => <Said text={unique} />,
  },
  { id: "died", title: "Died", cell: ({ died }) => <Time at={died} /> },
  {
    id: "cause",
    title: "Cause",
    hint: "How its last run failed, or that somebody buried it",
    cell: ({ runs }) => <Cause run={runs.at(-1)} />,
  },
  { id: "text", title: "What it said", cell: ({ runs }) => <Said text={runs.at(-1)?.text} /> },
  {
    id: "failures",
    title: "Failed",
    hint: "How many of its runs have failed",
    isNumber: true,
    cell: ({ failures }) => count(failures),
  },
  {
    id: "losses",
    title: "Lost",
    hint: "How many workers have lost it",
    isNumber: true,
    cell: ({ losses }) => count(losses),
  },
  { id: "runs", title: "Runs", cell: ({ runs }) => <Runs runs={runs} /> },
];

function Cause({ run }: { run: DeadRunAnswer | undefined }): JSX.Element {
  if (run === undefined) return <span class="faint">{NOTHING}</span>;
  const { cause } = run;
  return <span class={`state state-${cause === "fail" ? "failed" : cause}`}>{cause}</span>;
}

function Said({ text }: { text: string | undefined }): JSX.Element {
  if (!text) return <span class="faint">{NOTHING}</span>;
  return (
    <span class="said">
      <Name of={text} lines />
    </span>
  );
}

/** The last runs, the newest first. */
function Runs({ runs }: { runs: readonly DeadRunAnswer[] }): JSX.Element {
  if (runs.length === 0) return <span class="faint">{NOTHING}</span>;
  return (
    <details>
      <summary>{counted(runs.length, "run")}</summary>
      <ol reversed>
        {runs.toReversed().map((run, index) => (
          <li key={runs.length - index}>
            <Cause run={run} /> <Time at={run.ended} /> <Name of={run.worker} />
            {run.text !== "" && <Said text={run.text} />}
          </li>
        ))}
      </ol>
    </details>
  );
}
