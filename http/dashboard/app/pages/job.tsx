/** @jsxImportSource preact */
import type { ComponentChildren, JSX } from "preact";
import type { ToldJob } from "../../../api/told.ts";
import type { JobAnswer } from "../../../api/types.ts";
import { cancelJob, mayAct } from "../actions.tsx";
import { useResource } from "../api.ts";
import { buryJob } from "../dead_orders.tsx";
import { snapshot, watched } from "../live.ts";
import { DueForm } from "../parts/due.tsx";
import { Payload } from "../parts/payload.tsx";
import { Progress, Section, State, Waiting } from "../parts/small.tsx";
import { FunctionLink, Name, PeerLink, Time } from "../parts/text.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { Why } from "../parts/why.tsx";
import { decodedName, visible } from "../text.ts";
import { bytes, count, NOTHING } from "../units.ts";

/** One job. */
export function JobPage({ handle }: { handle: string }): JSX.Element {
  const resource = useResource<ToldJob>(`/jobs/${handle}`, 1);
  const job = resource.data;
  if (job === null) {
    return (
      <>
        <h1 class="handle">{visible(decodedName(handle))}</h1>
        <Waiting resource={resource} />
      </>
    );
  }
  const isLive = job.state !== "ended";
  return (
    <>
      <div class="page-head">
        <h1 class="handle">{visible(decodedName(handle))}</h1>
        <State job={job} />
        <Progress job={job} />
        {isLive && mayAct() && (
          <button
            type="button"
            class="harmful"
            onClick={() => cancelJob({ ...job, handle: decodedName(handle) }, resource.reload)}
          >
            Cancel …
          </button>
        )}
        {isLive && mayAct() && job.background && watched.value === null && (
          <button
            type="button"
            class="harmful"
            onClick={() => buryJob(decodedName(handle), resource.reload)}
          >
            Bury …
          </button>
        )}
      </div>
      {job.text && (
        <section class="card failure" aria-label="What it said">
          <h2>
            {job.outcome === "completed" ? "Its last warning" : `Why it ended as ${job.outcome}`}
          </h2>
          <pre><Name of={job.text} lines /></pre>
        </section>
      )}
      {(job.state === "waiting" || job.state === "scheduled" || job.state === "storing") && (
        <Why path={`/jobs/${handle}/why`} />
      )}
      {job.state === "scheduled" && job.due != null && mayAct() && (
        <DueForm handle={decodedName(handle)} due={job.due} reload={resource.reload} />
      )}
      <Facts job={job} />
      {isWhole(job) && <Timeline job={job} />}
      {watched.value !== null && (
        <p class="faint">
          {watched.value.isGeartrain
            ? "Its runs and what its worker said are not told to others than the server’s own dashboard."
            : "This server tells nothing else of a job."}
        </p>
      )}
      <Said title="Its last warning" text={job.text ? null : job.warning} />
      <Said title="The last data it sent" text={job.data} />
      {isLive && snapshot.value?.server.payloads &&
        <Payload handle={handle} size={job.payloadBytes ?? null} />}
    </>
  );
}

/** Does the server itself tell of it, and so all? */
function isWhole(job: ToldJob): job is JobAnswer {
  return job.runs !== undefined;
}

function Said(
  { title, text }: { title: string; text: string | null | undefined },
): JSX.Element | null {
  if (text == null) return null;
  return (
    <Section title={title}>
      <pre><Name of={text} lines /></pre>
    </Section>
  );
}

function Facts({ job }: { job: ToldJob }): JSX.Element {
  return (
    <section class="card" aria-label="Facts">
      <dl class="facts">
        {job.function !== undefined && (
          <Fact title="Function">
            <FunctionLink name={job.function} base64={job.functionBase64} />
          </Fact>
        )}
        {job.unique !== undefined && (
          <Fact title="Unique">
            {job.unique === "" ? <span class="faint">{NOTHING}</span> : <Name of={job.unique} />}
          </Fact>
        )}
        <Fact title="Kind">
          {job.priority !== undefined && `${job.priority} priority, `}
          {job.background ? "background" : "foreground"}
        </Fact>
        <Fact title="Submitted" of={job.submitted}>
          <Time at={job.submitted} />
        </Fact>
        <Fact title="Submitted by" of={job.submitter}>
          <PeerLink peer={job.submitter} />
        </Fact>
        {job.due != null && (
          <Fact title="Due">
            <Time at={job.due} />
          </Fact>
        )}
        <Fact title="Worker" of={job.worker}>
          <PeerLink peer={job.worker} />
        </Fact>
        {job.state === "ended"
          ? (
            <Fact title="Ended">
              <Time at={job.ended} />
            </Fact>
          )
          : <Fact title="Clients that wait for it" of={job.clients}>{count(job.clients)}</Fact>}
        <Fact title="Lost by workers">{count(job.losses)}</Fact>
        <Fact title="Failed runs" of={job.failures}>{count(job.failures)}</Fact>
        <Fact title="Payload" of={job.payloadBytes}>{bytes(job.payloadBytes)}</Fact>
        <Fact title="Result" of={job.resultBytes}>{bytes(job.resultBytes)}</Fact>
      </dl>
    </section>
  );
}

interface FactProps {
  readonly title: string;
  readonly of?: unknown;
  readonly children: ComponentChildren;
}

/** A fact; nothing if what it is of is given and undefined, as that is not told. */
function Fact(props: FactProps): JSX.Element | null {
  if ("of" in props && props.of === undefined) return null;
  const { title, children } = props;
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}
