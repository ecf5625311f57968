/** @jsxImportSource preact */
import type { ComponentChildren, JSX } from "preact";
import type { JobAnswer } from "../../../api/types.ts";
import { cancelJob, mayAct } from "../actions.tsx";
import { useResource } from "../api.ts";
import { snapshot } from "../live.ts";
import { Payload } from "../parts/payload.tsx";
import { Progress, Section, State, Waiting } from "../parts/small.tsx";
import { FunctionLink, Name, PeerLink, Time } from "../parts/text.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { Why } from "../parts/why.tsx";
import { decodedName, visible } from "../text.ts";
import { bytes, count, NOTHING } from "../units.ts";

/** One job. */
export function JobPage({ handle }: { handle: string }): JSX.Element {
  const resource = useResource<JobAnswer>(`/jobs/${handle}`, 1);
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
        <h1 class="handle">{visible(job.handle)}</h1>
        <State job={job} />
        <Progress job={job} />
        {isLive && mayAct() && (
          <button
            type="button"
            class="harmful"
            onClick={() => cancelJob(job, resource.reload)}
          >
            Cancel …
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
      <Facts job={job} />
      <Timeline job={job} />
      <Said title="Its last warning" text={job.text ? null : job.warning} />
      <Said title="The last data it sent" text={job.data} />
      {isLive && snapshot.value?.server.payloads &&
        <Payload handle={handle} size={job.payloadBytes} />}
    </>
  );
}

function Said({ title, text }: { title: string; text: string | null }): JSX.Element | null {
  if (text === null) return null;
  return (
    <Section title={title}>
      <pre><Name of={text} lines /></pre>
    </Section>
  );
}

function Facts({ job }: { job: JobAnswer }): JSX.Element {
  return (
    <section class="card" aria-label="Facts">
      <dl class="facts">
        <Fact title="Function">
          <FunctionLink name={job.function} base64={job.functionBase64} />
        </Fact>
        <Fact title="Unique">
          {job.unique === "" ? <span class="faint">{NOTHING}</span> : <Name of={job.unique} />}
        </Fact>
        <Fact title="Kind">
          {job.priority} priority, {job.background ? "background" : "foreground"}
        </Fact>
        <Fact title="Submitted">
          <Time at={job.submitted} />
        </Fact>
        <Fact title="Submitted by">
          <PeerLink peer={job.submitter} />
        </Fact>
        {job.due !== null && (
          <Fact title="Due">
            <Time at={job.due} />
          </Fact>
        )}
        <Fact title="Worker">
          <PeerLink peer={job.worker} />
        </Fact>
        {job.state === "ended"
          ? (
            <Fact title="Ended">
              <Time at={job.ended} />
            </Fact>
          )
          : <Fact title="Clients that wait for it">{count(job.clients)}</Fact>}
        <Fact title="Lost by workers">{count(job.losses)}</Fact>
        <Fact title="Failed runs">{count(job.failures)}</Fact>
        <Fact title="Payload">{bytes(job.payloadBytes)}</Fact>
        {job.resultBytes !== undefined && <Fact title="Result">{bytes(job.resultBytes)}</Fact>}
      </dl>
    </section>
  );
}

function Fact({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}
