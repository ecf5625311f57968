/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { ToldJobs, ToldUnique } from "../../../api/told.ts";
import type { JobFilter, Page } from "../../../api/types.ts";
import { cancelMatching, mayAct } from "../actions.tsx";
import { useResource, withQuery } from "../api.ts";
import { filterOf } from "../filter.ts";
import { snapshot, watched } from "../live.ts";
import { Field } from "../parts/field.tsx";
import { Jobs } from "../parts/jobs.tsx";
import { Pager } from "../parts/pager.tsx";
import { Section, Waiting } from "../parts/small.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Name } from "../parts/text.tsx";
import { look, parameter, route } from "../route.ts";
import { count, counted } from "../units.ts";

const BEATS = 3;
const LIMIT = "50";
/** Where there are no further pages. */
const LIMIT_OF_ALL = "500";
const LIVE_FIELDS = [
  "function",
  "state",
  "handle",
  "unique",
  "client",
  "minAge",
  "payload",
] as const;
const ENDED_FIELDS = ["function", "outcome"] as const;
const STATES = ["waiting", "running", "scheduled", "storing", "kept"];
const OUTCOMES = [
  "completed",
  "failed",
  "exception",
  "cancelled",
  "lost",
  "abandoned",
  "refused",
  "expired",
];

/** Search among live jobs, and the last of those that have ended. */
export function JobsPage(): JSX.Element {
  const { query } = route.value;
  const areEnded = query.state === "ended";
  const fields = areEnded ? ENDED_FIELDS : LIVE_FIELDS;
  const given = Object.fromEntries(fields.map((name) => [name, query[name]]));
  if (areEnded) delete given.state;
  const path = withQuery(areEnded ? "/ended" : "/jobs", {
    ...given,
    cursor: query.cursor,
    limit: watched.value === null ? LIMIT : LIMIT_OF_ALL,
  });
  const found = useResource<ToldJobs>(path, BEATS);
  return (
    <>
      <h1>Jobs</h1>
      <section class="card" aria-label="Search">
        <Search areEnded={areEnded} />
        {found.data === null ? <Waiting resource={found} /> : (
          <>
            <Found page={found.data} {...{ areEnded, given }} reload={found.reload} />
            <Jobs
              caption={areEnded ? "Ended jobs" : "Jobs"}
              jobs={found.data.items}
              areEnded={areEnded}
              nothing={found.data.next === null
                ? "No job is like that."
                : "None of those looked at so far is like that."}
            />
            <Pager next={found.data.next} first="From the start" further="Search further" />
          </>
        )}
      </section>
      {watched.value?.hasUniques && <Uniques />}
    </>
  );
}

/** The uniques of a server that does not tell which job has which. */
function Uniques(): JSX.Element {
  const found = useResource<Page<ToldUnique>>("/uniques", BEATS);
  return (
    <Section title="Uniques">
      <p class="faint">This server does not tell which of the jobs has which unique.</p>
      {found.data === null ? <Waiting resource={found} /> : (
        <Table
          caption="Uniques"
          columns={UNIQUE_COLUMNS}
          rows={found.data.items}
          keyOf={({ unique }) => unique}
          isOrdered
          nothing="No job has a unique."
        />
      )}
    </Section>
  );
}

const UNIQUE_COLUMNS: readonly Column<ToldUnique>[] = [
  { id: "unique", title: "Unique", cell: ({ unique }) => <Name of={unique} /> },
];

function Search({ areEnded }: { areEnded: boolean }): JSX.Element {
  const payloads = snapshot.value?.server.payloads ?? false;
  const filters = watched.value?.jobFilters;
  const has = (name: keyof JobFilter) => filters === undefined || filters.includes(name);
  const states = filters === undefined ? [...STATES, "ended"] : STATES;
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      {has("state") && <Choose name="state" title="State" values={states} />}
      {areEnded && <Choose name="outcome" title="Outcome" values={OUTCOMES} />}
      {has("function") && <Field name="function" title="Function" />}
      {!areEnded && (
        <>
          {has("unique") && <Field name="unique" title="Unique" />}
          {has("handle") && <Field name="handle" title="Handle" />}
          {has("client") && (
            <Field name="client" title="Client" hint="Client id, address or number" />
          )}
          {has("minAge") && <Field name="minAge" title="Older than, seconds" type="number" />}
          {payloads && <Field name="payload" title="In the payload" />}
        </>
      )}
    </form>
  );
}

function Choose(
  { name, title, values }: { name: string; title: string; values: readonly string[] },
): JSX.Element {
  return (
    <label>
      {title}
      <select
        name={name}
        value={parameter(name)}
        onChange={({ currentTarget }) => look({ [name]: currentTarget.value, cursor: undefined })}
      >
        <option value="">{name === "state" ? "any live" : "any"}</option>
        {values.map((value) => <option value={value} key={value}>{value}</option>)}
      </select>
    </label>
  );
}

interface FoundProps {
  readonly page: ToldJobs;
  readonly given: Readonly<Record<string, string | undefined>>;
  readonly areEnded: boolean;
  reload(): void;
}

function Found({ page, given, areEnded, reload }: FoundProps): JSX.Element {
  const filter = filterOf(given);
  const words = Object.entries(filter).filter(([name]) => name !== "functionBase64")
    .map(([name, value]) => `${name} ${value}`).join(", ");
  return (
    <div class="found">
      <p role="status">
        {page.isCut ? "The first " : ""}
        {counted(page.items.length, "job")}
        {page.isCut ? "; there are more" : ""}.{" "}
        {page.scanned !== undefined && `Scanned ${count(page.scanned)} of ${count(page.of)}.`}
      </p>
      {!areEnded && mayAct() && (page.items.length > 0 || page.next !== null) && (
        <button
          type="button"
          class="harmful"
          onClick={() => cancelMatching(filter, words === "" ? "all live jobs" : words, reload)}
        >
          Cancel all that match …
        </button>
      )}
    </div>
  );
}
