/** @jsxImportSource preact */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ToldFunction, ToldFunctionDetail, ToldJobs } from "../../../api/told.ts";
import type { MinuteAnswer } from "../../../api/types.ts";
import { cancelMatching, dropFunction, mayAct, setMaxQueue } from "../actions.tsx";
import { functionPath, useResource, withQuery } from "../api.ts";
import { filterOf } from "../filter.ts";
import { past, snapshot, watched } from "../live.ts";
import { Chart, type Line } from "../parts/chart.tsx";
import { Jobs } from "../parts/jobs.tsx";
import { PauseFacts, PauseForm } from "../parts/pause.tsx";
import { Peers } from "../parts/peers.tsx";
import { Section, Tile, Waiting } from "../parts/small.tsx";
import { Name } from "../parts/text.tsx";
import { Why } from "../parts/why.tsx";
import { hrefOf } from "../route.ts";
import { decodedName, encodedName } from "../text.ts";
import { change, count, duration, rate } from "../units.ts";

const BEATS = 5;
const FAILURES = "failed,exception,lost,abandoned,refused,damaged,expired,buried";
const QUANTILES = ["P50", "P95", "P99"] as const;

/** One function. */
export function FunctionPage({ name }: { name: string }): JSX.Element {
  const detail = useResource<ToldFunctionDetail>(functionPath(name), BEATS);
  const found = detail.data;
  if (found === null) {
    return (
      <>
        <h1>
          <Name of={decodedName(name)} />
        </h1>
        <Waiting resource={detail} />
      </>
    );
  }
  const key = encodedName(found.name, found.nameBase64);
  const live = snapshot.value?.functions.find((func) =>
    encodedName(func.name, func.nameBase64) === key
  );
  const func = live ?? found;
  return (
    <>
      <div class="page-head">
        <h1>
          <Name of={func.name} />
        </h1>
        {func.paused && <span class="state state-kept">paused</span>}
      </div>
      {func.pause != null && <PauseFacts pause={func.pause} name={key} reload={detail.reload} />}
      <Now func={func} name={key} />
      {func.waiting > 0 && func.running < func.waiting && <Why path={functionPath(name, "/why")} />}
      {found.minutes !== undefined && <LastHour detail={found} minutes={found.minutes} />}
      {watched.value === null && <Failures name={name} />}
      <LiveJobs name={name} />
      <Section title="Workers">
        <Peers
          caption="Workers"
          peers={found.workerList}
          nothing="No worker can do it."
          order="-for"
          without={["role", "can", "waits"]}
        />
      </Section>
      {func.completedTotal !== undefined && <Sums func={func} />}
      {mayAct() && <Actions func={func} name={name} reload={detail.reload} />}
    </>
  );
}

function Now({ func, name }: { func: ToldFunction; name: string }): JSX.Element {
  const rates = past.ratesOf(name);
  const parts = [
    func.waitingHigh && `${count(func.waitingHigh)} high`,
    func.waitingNormal && `${count(func.waitingNormal)} normal`,
    func.waitingLow && `${count(func.waitingLow)} low`,
  ].filter(Boolean);
  return (
    <dl class="tiles">
      <Tile title="Waiting" note={parts.length > 0 ? parts.join(", ") : undefined}>
        {count(func.waiting)}
      </Tile>
      {func.oldestWaitingSeconds !== undefined && (
        <Tile title="Oldest waits for">{duration(func.oldestWaitingSeconds)}</Tile>
      )}
      <Tile title="Running">{count(func.running)}</Tile>
      {func.scheduled !== undefined && <Tile title="Scheduled">{count(func.scheduled)}</Tile>}
      <Tile title="Workers" isBad={func.workers === 0 && func.waiting > 0}>
        {count(func.workers)}
      </Tile>
      {func.dead
        ? (
          <Tile
            title="Dead"
            note={<a href={hrefOf("dead", null, { function: name })}>Look at them</a>}
          >
            {count(func.dead)}
          </Tile>
        )
        : null}
      {func.submittedTotal === undefined
        ? <Tile title="Change a second" note="came minus went">{change(rates?.change)}</Tile>
        : (
          <>
            <Tile title="Submitted a second">{rate(rates?.submitted)}</Tile>
            <Tile title="Ended a second">{rate(rates?.ended)}</Tile>
          </>
        )}
    </dl>
  );
}

function LastHour(
  { detail, minutes }: {
    detail: ToldFunctionDetail;
    minutes: readonly MinuteAnswer[];
  },
): JSX.Element {
  const times = minutes.map(({ at }) => Date.parse(at));
  const lines = (kind: "wait" | "run"): Line[] =>
    QUANTILES.map((quantile, index) => ({
      title: quantile.toLowerCase(),
      colour: index + 4,
      values: minutes.map((minute) => minute[`${kind}${quantile}`]),
    }));
  return (
    <Section title="The last hour" aside={<Percentiles detail={detail} />}>
      <div class="charts">
        <Chart
          title="Jobs a minute"
          times={times}
          lines={[
            { title: "submitted", colour: 1, values: minutes.map(({ submitted }) => submitted) },
            {
              title: "completed",
              colour: 2,
              isFilled: true,
              values: minutes.map(({ completed }) => completed),
            },
            { title: "failed", colour: 3, values: minutes.map(({ failed }) => failed) },
          ]}
          format={count}
        />
        <Chart title="Waiting time" times={times} lines={lines("wait")} format={duration} />
        <Chart title="Running time" times={times} lines={lines("run")} format={duration} />
      </div>
    </Section>
  );
}

function Percentiles({ detail }: { detail: ToldFunctionDetail }): JSX.Element {
  return (
    <table class="percentiles">
      <caption class="unseen">Percentiles of the last hour</caption>
      <thead>
        <tr>
          <td />
          {QUANTILES.map((quantile) => <th scope="col" key={quantile}>{quantile.toLowerCase()}
          </th>)}
        </tr>
      </thead>
      <tbody>
        {(["wait", "run"] as const).map((kind) => (
          <tr key={kind}>
            <th scope="row">{kind === "wait" ? "waited" : "ran"}</th>
            {QUANTILES.map((quantile) => (
              <td key={quantile}>{duration(detail[`${kind}${quantile}`])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function LiveJobs({ name }: { name: string }): JSX.Element {
  const jobs = useResource<ToldJobs>(
    withQuery("/jobs", { function: name, limit: "10" }),
    BEATS,
  );
  return (
    <Section
      title="Jobs"
      aside={watched.value?.jobFilters.includes("function") !== false && (
        <a href={hrefOf("jobs", null, { function: name })}>Search its jobs</a>
      )}
    >
      {jobs.data === null ? <Waiting resource={jobs} /> : (
        <Jobs
          caption="Jobs"
          jobs={jobs.data.items}
          isOneFunction
          nothing="It has no live job."
        />
      )}
    </Section>
  );
}

function Failures({ name }: { name: string }): JSX.Element | null {
  const failures = useResource<ToldJobs>(
    withQuery("/ended", { function: name, outcome: FAILURES, limit: "10" }),
    BEATS,
  );
  if (failures.data === null || failures.data.items.length === 0) return null;
  return (
    <Section
      title="Last failures"
      aside={<a href={hrefOf("jobs", null, { state: "ended", function: name })}>All that ended</a>}
    >
      <Jobs caption="Last failures" jobs={failures.data.items} areEnded isOneFunction nothing="" />
    </Section>
  );
}

function Sums({ func }: { func: ToldFunction }): JSX.Element {
  const sums = [
    ["submitted", func.submittedTotal],
    ["joined another", func.coalescedTotal],
    ["started", func.startedTotal],
    ["completed", func.completedTotal],
    ["failed", func.failedTotal],
    ["exceptions", func.exceptionTotal],
    ["lost", func.lostTotal],
    ["timed out", func.timedOutTotal],
    ["cancelled", func.cancelledTotal],
    ["queued again", func.requeuedTotal],
    ["refused", func.refusedTotal],
  ] as const;
  // Where some of it is not told, it is told from when the function was made on.
  const told = sums.filter(([, sum]) => sum !== undefined);
  return (
    <Section
      title={told.length < sums.length ? "Since it was made" : "Since the server started"}
    >
      <dl class="facts sums">
        {told.map(([title, sum]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{count(sum)}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

interface ActionsProps {
  readonly func: ToldFunction;
  readonly name: string;
  reload(): void;
}

function Actions({ func, name, reload }: ActionsProps): JSX.Element {
  const [limits, setLimits] = useState({
    high: func.maxQueueHigh ?? 0,
    normal: func.maxQueueNormal ?? 0,
    low: func.maxQueueLow ?? 0,
  });
  return (
    <Section title="Actions">
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          setMaxQueue(func, limits, reload);
        }}
      >
        {(["high", "normal", "low"] as const).map((priority) => (
          <label key={priority}>
            Most jobs, {priority}
            <input
              type="number"
              min={0}
              value={limits[priority]}
              onInput={({ currentTarget }) =>
                setLimits({ ...limits, [priority]: currentTarget.valueAsNumber || 0 })}
            />
          </label>
        ))}
        <button type="submit">Set limits …</button>
        <span class="faint">0 is no limit</span>
      </form>
      <PauseForm {...{ func, name, reload }} />
      <div class="buttons">
        <button
          type="button"
          class="harmful"
          disabled={func.jobs === 0}
          onClick={() =>
            cancelMatching(filterOf({ function: name }), `all jobs of ${func.name}`, reload)}
        >
          Cancel all its jobs …
        </button>
        <button
          type="button"
          class="harmful"
          onClick={() => dropFunction(func, () => location.hash = hrefOf("functions"))}
        >
          Drop the function …
        </button>
      </div>
    </Section>
  );
}
