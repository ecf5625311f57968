/** @jsxImportSource preact */
import type { ComponentChildren, JSX } from "preact";
import type { ToldJob } from "../../../api/told.ts";
import type { Resource } from "../api.ts";
import { count } from "../units.ts";

/** The status of an answer that says in words why there is none. */
const NOT_TOLD = 501;

/** A number with what it counts. */
export function Tile(
  { title, children, note, isBad }: {
    title: string;
    children: ComponentChildren;
    note?: ComponentChildren;
    isBad?: boolean;
  },
): JSX.Element {
  return (
    <div class={isBad ? "tile bad" : "tile"}>
      <dt>{title}</dt>
      <dd>
        <span class="figure">{children}</span>
        {note !== undefined && <span class="note">{note}</span>}
      </dd>
    </div>
  );
}

/** The state of a job, or how it ended. */
export function State({ job }: { job: ToldJob }): JSX.Element | null {
  const word = job.outcome ?? job.state;
  if (word === undefined) return null;
  return <span class={`state state-${word}`}>{word}</span>;
}

/** How far a job is, as its worker said. */
export function Progress({ job }: { job: ToldJob }): JSX.Element | null {
  const { numerator, denominator } = job;
  if (numerator == null || denominator == null || denominator <= 0) return null;
  const part = Math.max(0, Math.min(1, numerator / denominator));
  return (
    <span class="progress">
      <progress max={1} value={part} aria-label="Progress" />
      {Math.floor(part * 100)} %{" "}
      <span class="faint">({count(numerator)} of {count(denominator)})</span>
    </span>
  );
}

/** What stands in for an answer that has not come: nothing yet, or why. */
export function Waiting({ resource }: { resource: Resource<unknown> }): JSX.Element {
  const { error } = resource;
  if (error === null) return <p class="nothing">Loading …</p>;
  // What a server cannot tell is nothing that went wrong.
  return <p class={error.status === NOT_TOLD ? "nothing" : "notice bad"}>{error.message}</p>;
}

/** A part of a page with its heading. */
export function Section(
  { title, aside, children }: {
    title: string;
    aside?: ComponentChildren;
    children: ComponentChildren;
  },
): JSX.Element {
  return (
    <section class="card">
      <div class="section-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
