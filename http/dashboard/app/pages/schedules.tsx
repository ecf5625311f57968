/** @jsxImportSource preact */
import type { ComponentChildren, JSX } from "preact";
import type { ScheduleAnswer, ScheduleRunAnswer } from "../../../api/schedule_types.ts";
import type { ToldSchedule } from "../../../api/told.ts";
import { mayAct } from "../actions.tsx";
import { useResource } from "../api.ts";
import { watched } from "../live.ts";
import { ScheduleForm } from "../parts/schedule_form.tsx";
import { Section, Waiting } from "../parts/small.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { FunctionLink, JobLink, Name, Time } from "../parts/text.tsx";
import { hrefOf } from "../route.ts";
import { dropSchedule, pauseSchedule, runSchedule } from "../schedule_orders.tsx";
import { decodedName, visible } from "../text.ts";
import { bytes, duration, NOTHING } from "../units.ts";

const BEATS = 2;

/** All schedules. */
export function SchedulesPage(): JSX.Element {
  const found = useResource<{ readonly items: readonly ToldSchedule[] }>("/schedules", BEATS);
  return (
    <>
      <h1>Schedules</h1>
      {found.data === null
        ? <Waiting resource={found} />
        : (
          <Section title="Jobs at times of a calendar">
            <Table
              caption="Schedules"
              columns={columnsWith(found.reload)}
              rows={found.data.items}
              keyOf={({ name }) => name}
              order="name"
              nothing="There is no schedule."
            />
          </Section>
        )}
      {mayAct() && found.data !== null && (
        <ScheduleForm
          schedule={null}
          then={(name) => location.hash = hrefOf("schedules", encodeURIComponent(name))}
        />
      )}
    </>
  );
}

/** Of one of a server that is watched nothing else is told. */
function ScheduleName({ name }: { name: string }): JSX.Element {
  if (watched.value !== null) return <Name of={name} />;
  return (
    <a href={hrefOf("schedules", encodeURIComponent(name))}>
      <Name of={name} />
    </a>
  );
}

function columnsWith(reload: () => void): readonly Column<ToldSchedule>[] {
  return [
    {
      id: "name",
      title: "Schedule",
      cell: ({ name }) => <ScheduleName name={name} />,
      order: ({ name }) => name,
    },
    {
      id: "next",
      title: "Next run",
      cell: ({ next, paused }) => paused ? "paused" : <Time at={next} />,
      order: ({ next }) => next,
    },
    {
      id: "last",
      title: "Last run",
      cell: ({ runs: [last] }) => <Time at={last?.time} />,
      order: ({ runs: [last] }) => last?.time ?? null,
    },
    {
      id: "outcome",
      title: "Came to",
      cell: ({ runs: [last] }) => last === undefined ? NOTHING : <Outcome run={last} />,
    },
    {
      id: "function",
      title: "Function",
      cell: (schedule) => (
        <FunctionLink
          name={schedule.function}
          base64={schedule.functionBase64}
        />
      ),
      order: (schedule) => schedule.function,
    },
    { id: "times", title: "Times", cell: (schedule) => <Name of={timesOf(schedule)} /> },
    ...mayAct()
      ? [{
        id: "orders",
        title: "Orders",
        cell: (schedule: ToldSchedule) => <Orders {...{ schedule, reload }} />,
      }]
      : [],
  ];
}

/** When it runs, in its own words. */
function timesOf({ cron, everySeconds, timezone }: ToldSchedule): string {
  return cron === null ? `every ${duration(everySeconds)}` : `${cron} ${timezone}`;
}

function Orders(
  { schedule, reload }: { schedule: ToldSchedule; reload(): void },
): JSX.Element {
  return (
    <div class="buttons">
      <button type="button" onClick={() => runSchedule(schedule, reload)}>Run now …</button>
      <button type="button" onClick={() => pauseSchedule(schedule, reload)}>
        {schedule.paused ? "Resume …" : "Pause …"}
      </button>
    </div>
  );
}

/** How the job of a run ended, or that it has not. */
function Outcome({ run: { outcome } }: { run: Pick<ScheduleRunAnswer, "outcome"> }): JSX.Element {
  const word = outcome ?? "running";
  return <span class={`state state-${word}`}>{outcome ?? "not ended"}</span>;
}

/** One schedule. */
export function SchedulePage({ name }: { name: string }): JSX.Element {
  const found = useResource<ScheduleAnswer>(`/schedules/${name}`, BEATS);
  const schedule = found.data;
  const title = <h1>{visible(decodedName(name))}</h1>;
  if (schedule === null) {
    return (
      <>
        {title}
        <Waiting resource={found} />
      </>
    );
  }
  const isFixed = schedule.origin === "configuration";
  return (
    <>
      {title}
      <Section title="The schedule">
        <Facts schedule={schedule} />
        {mayAct() && (
          <>
            <Orders {...{ schedule, reload: found.reload }} />
            {!isFixed && (
              <div class="buttons">
                <button
                  type="button"
                  class="harmful"
                  onClick={() => dropSchedule(schedule, () => location.hash = hrefOf("schedules"))}
                >
                  Drop the schedule …
                </button>
              </div>
            )}
          </>
        )}
        {isFixed && <p class="faint">It stands in the configuration, and is changed there.</p>}
      </Section>
      <Section title="Its last runs">
        <Table
          caption="Its last runs"
          columns={RUN_COLUMNS}
          rows={schedule.runs}
          keyOf={({ time, started, handle }) => `${time} ${started} ${handle}`}
          isOrdered
          nothing="It has not run."
        />
      </Section>
      {mayAct() && !isFixed && <ScheduleForm schedule={schedule} then={found.reload} />}
    </>
  );
}

function Facts({ schedule }: { schedule: ScheduleAnswer }): JSX.Element {
  const { paused, next, unique, catchUp, catchUpMost, origin } = schedule;
  return (
    <dl class="facts">
      <Fact title="Next run">{paused ? "paused" : <Time at={next} />}</Fact>
      <Fact title="Times">
        <Name of={timesOf(schedule)} />
      </Fact>
      <Fact title="Function">
        <FunctionLink name={schedule.function} base64={schedule.functionBase64} />
      </Fact>
      <Fact title="Unique">{unique === "" ? "schedule and time" : <Name of={unique} />}</Fact>
      <Fact title="Payload">{bytes(schedule.payloadBytes)}</Fact>
      <Fact title="Priority">{schedule.priority}</Fact>
      <Fact title="Missed runs">
        {catchUp === "all" ? `all, ${catchUpMost} at most` : catchUp}
      </Fact>
      <Fact title="While the last job lives">{schedule.overlap}</Fact>
      <Fact title="Made by">
        {origin === "configuration"
          ? "the configuration"
          : `${origin === "client" ? "a" : "an"} ${origin}`}
      </Fact>
    </dl>
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

const RUN_COLUMNS: readonly Column<ScheduleRunAnswer>[] = [
  { id: "time", title: "Time", cell: ({ time }) => <Time at={time} /> },
  { id: "why", title: "Why", cell: ({ ordered }) => ordered ? "ordered" : "due" },
  { id: "outcome", title: "Came to", cell: (run) => <Outcome run={run} /> },
  { id: "ended", title: "Ended", cell: ({ ended }) => <Time at={ended} /> },
  {
    id: "job",
    title: "Job",
    cell: ({ handle, cause }) =>
      handle === null ? <Name of={cause ?? ""} /> : <JobLink handle={handle} />,
  },
];
