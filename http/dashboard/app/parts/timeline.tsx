/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { JobAnswer } from "../../../api/types.ts";
import { now } from "../live.ts";
import { route } from "../route.ts";
import { stepsOf, type Stretch, stretchesOf } from "../timeline.ts";
import { duration, fullTime, NOTHING } from "../units.ts";
import { Section } from "./small.tsx";
import { Choice, PeerLink } from "./text.tsx";

/** What has happened to a job: in one bar, or in all its steps. */
export function Timeline({ job }: { job: JobAnswer }): JSX.Element {
  const { key, query } = route.value;
  const isFull = query.view === "full";
  return (
    <Section
      title="Timeline"
      aside={
        <nav class="choices" aria-label="Forms of the timeline">
          <Choice page="jobs" path={key} query={{ ...query, view: undefined }} isChosen={!isFull}>
            Compact
          </Choice>
          <Choice page="jobs" path={key} query={{ ...query, view: "full" }} isChosen={isFull}>
            Full
          </Choice>
        </nav>
      }
    >
      {isFull ? <Full job={job} /> : <Compact job={job} />}
    </Section>
  );
}

function Compact({ job }: { job: JobAnswer }): JSX.Element {
  const stretches = stretchesOf(job, now.value);
  if (stretches.length === 0) return <p class="nothing">Nothing is known of its past.</p>;
  return (
    <ol class="stretches">
      {stretches.map((stretch) => <Bar stretch={stretch} key={stretch.from} />)}
    </ol>
  );
}

/** Short stretches stay wide enough to be seen. */
function Bar({ stretch }: { stretch: Stretch }): JSX.Element {
  const { kind, title, from, to, worker } = stretch;
  const seconds = (to - from) / 1000;
  return (
    <li
      class={`stretch stretch-${kind}`}
      style={{ flexGrow: Math.sqrt(Math.max(seconds, 0.001)) }}
      title={`${fullTime(from)} to ${fullTime(to)}`}
    >
      <b>{duration(seconds)}</b> {title}
      {worker !== null && (
        <span class="by">
          {" "}
          <PeerLink peer={worker} />
        </span>
      )}
    </li>
  );
}

function Full({ job }: { job: JobAnswer }): JSX.Element {
  const steps = stepsOf(job);
  return (
    <ol class="steps">
      {steps.map(({ at, kind, text, peer }, index) => (
        <li class={`step step-${kind}`} key={`${at} ${index}`}>
          <time dateTime={new Date(at).toISOString()}>{fullTime(at)}</time>
          <span class="faint number">
            {index === 0
              ? NOTHING
              : `${kind === "ahead" ? "" : "+"}${duration((at - steps[index - 1].at) / 1000)}`}
          </span>
          <span>
            {kind === "good" || kind === "bad" ? peer !== null && <PeerLink peer={peer} /> : null}
            {" "}
            {text} {kind === "plain" && peer !== null && <PeerLink peer={peer} />}
          </span>
        </li>
      ))}
    </ol>
  );
}
