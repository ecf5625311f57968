/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { ToldFunction, ToldSnapshot } from "../../../api/told.ts";
import type { Page } from "../../../api/types.ts";
import { useResource, withQuery } from "../api.ts";
import { past, snapshot, watched } from "../live.ts";
import type { Second } from "../rates.ts";
import { Chart, Sparkline } from "../parts/chart.tsx";
import { Pager } from "../parts/pager.tsx";
import { Tile, Waiting } from "../parts/small.tsx";
import { type Column, serverOrder, Table } from "../parts/table.tsx";
import { FunctionLink } from "../parts/text.tsx";
import { hrefOf, look, parameter, route } from "../route.ts";
import { encodedName } from "../text.ts";
import { change, count, duration, NOTHING, rate } from "../units.ts";

const ORDER = "-waiting";
/** Snapshots between two questions for the lines of the last hour, and for the part of a long list. */
const LINES_BEATS = 60;
const LIST_BEATS = 5;

const keyOf = (func: ToldFunction) => encodedName(func.name, func.nameBase64);

/** All functions. */
export function FunctionsPage(): JSX.Element {
  const shown = snapshot.value;
  if (shown === null) return <p class="nothing">Loading …</p>;
  return (
    <>
      <h1 class="unseen">Functions</h1>
      <Totals shown={shown} />
      <Functions shown={shown} />
    </>
  );
}

function Totals({ shown: { totals, server } }: { shown: ToldSnapshot }): JSX.Element {
  const rates = past.rates();
  const { seconds } = past;
  const isTold = totals.submittedTotal !== undefined;
  return (
    <div class="overview">
      <dl class="tiles">
        <Tile
          title="Waiting"
          note={server.scheduled ? `${count(server.scheduled)} scheduled` : undefined}
        >
          {count(totals.waiting)}
        </Tile>
        <Tile title="Running">{count(totals.running)}</Tile>
        <Tile
          title="Workers"
          note={server.sleeping === undefined ? undefined : `${count(server.sleeping)} asleep`}
        >
          {count(server.workers)}
        </Tile>
        {isTold
          ? (
            <>
              <Tile title="Submitted a second">{rate(rates?.submitted)}</Tile>
              <Tile title="Ended a second">{rate(rates?.ended)}</Tile>
              <Tile title="Failed a second" isBad={(rates?.failed ?? 0) > 0}>
                {rate(rates?.failed)}
              </Tile>
            </>
          )
          : <Tile title="Change a second" note="came minus went">{change(rates?.change)}</Tile>}
      </dl>
      <div class="card">
        {isTold ? <RatesChart seconds={seconds} /> : <JobsChart seconds={seconds} />}
      </div>
    </div>
  );
}

function RatesChart({ seconds }: { seconds: readonly Second[] }): JSX.Element {
  return (
    <Chart
      title="Jobs a second"
      times={seconds.map(({ at }) => at)}
      lines={[
        { title: "submitted", colour: 1, values: seconds.map(({ submitted }) => submitted) },
        {
          title: "ended",
          colour: 2,
          isFilled: true,
          values: seconds.map(({ ended }) => ended),
        },
        { title: "failed", colour: 3, values: seconds.map(({ failed }) => failed) },
      ]}
      format={rate}
    />
  );
}

/** What there is where nobody tells how many came and went. */
function JobsChart({ seconds }: { seconds: readonly Second[] }): JSX.Element {
  return (
    <Chart
      title="Jobs"
      times={seconds.map(({ at }) => at)}
      lines={[
        { title: "waiting", colour: 1, values: seconds.map(({ waiting }) => waiting) },
        {
          title: "running",
          colour: 2,
          isFilled: true,
          values: seconds.map(({ running }) => running),
        },
      ]}
      format={count}
    />
  );
}

/** The snapshot has all functions if they are few; otherwise the server finds and orders them. */
function Functions({ shown }: { shown: ToldSnapshot }): JSX.Element {
  const filter = parameter("filter");
  const order = route.value.query.sort ?? ORDER;
  const ofServer = serverOrder(SERVER_ORDERS, order);
  const isAll = shown.totals.functions <= shown.functions.length;
  const isWatched = watched.value !== null;
  const path = isAll ? isWatched ? null : "/functions" : withQuery("/functions", {
    filter: encodeURIComponent(filter),
    sort: ofServer,
    cursor: route.value.query.cursor,
  });
  const listed = useResource<Page<ToldFunction>>(path, isAll ? LINES_BEATS : LIST_BEATS);
  const lines = new Map(listed.data?.items.map((func) => [keyOf(func), func.endedByMinute]));
  const live = new Map(shown.functions.map((func) => [keyOf(func), func]));
  const wanted = filter.toLowerCase();
  const rows = isAll
    ? shown.functions.filter(({ name }) => name.toLowerCase().includes(wanted))
    : listed.data?.items.map((func) => live.get(keyOf(func)) ?? func) ?? [];
  return (
    <section class="card" aria-label="List of functions">
      <div class="filters">
        <label>
          <span class="unseen">Filter by name</span>
          <input
            type="search"
            placeholder="Filter by name"
            value={filter}
            onInput={({ currentTarget }) =>
              look({ filter: encodeURIComponent(currentTarget.value), cursor: undefined })}
          />
        </label>
        <span class="faint">
          {wanted === ""
            ? `${count(shown.totals.functions)} functions`
            : `${count(rows.length)} shown of ${count(shown.totals.functions)}`}
        </span>
      </div>
      {!isAll && listed.data === null ? <Waiting resource={listed} /> : (
        <Table
          caption="Functions"
          columns={columnsWith(isWatched ? null : lines)}
          rows={rows}
          keyOf={keyOf}
          order={ORDER}
          isOrdered={!isAll && ofServer !== undefined}
          nothing={filter === ""
            ? "No function yet: functions come when a worker says what it can do, or a client submits a job."
            : "No function has that in its name."}
        />
      )}
      {!isAll && <Pager next={listed.data?.next ?? null} />}
      {watched.value?.untold && (
        <p class="faint">This server does not tell {watched.value.untold}.</p>
      )}
    </section>
  );
}

/** What the server calls the columns that it orders by. */
const SERVER_ORDERS: ReadonlyMap<string, string> = new Map(Object.entries({
  name: "name",
  waiting: "waiting",
  running: "running",
  workers: "workers",
  oldest: "oldestWaitingSeconds",
  failed: "failedTotal",
  dead: "dead",
}));

/** @param lines of the last hour, by function; null if the server does not tell them. */
function columnsWith(
  lines: ReadonlyMap<string, readonly number[] | undefined> | null,
): Column<ToldFunction>[] {
  return [
    {
      id: "name",
      title: "Function",
      order: ({ name }) => name,
      cell: (func) => (
        <>
          <FunctionLink name={func.name} base64={func.nameBase64} />
          {func.paused && <span class="state state-kept">paused</span>}
        </>
      ),
    },
    {
      id: "waiting",
      title: "Waiting",
      hint: "Jobs that wait for a worker; by priority where it is not all normal",
      isNumber: true,
      order: ({ waiting }) => waiting,
      cell: (func) => <WaitingCell func={func} />,
    },
    {
      id: "oldest",
      title: "Oldest",
      hint: "Since when the oldest of them waits",
      isNumber: true,
      order: ({ oldestWaitingSeconds }) => oldestWaitingSeconds ?? null,
      told: ({ oldestWaitingSeconds }) => oldestWaitingSeconds,
      cell: ({ oldestWaitingSeconds }) => dimmed(duration(oldestWaitingSeconds)),
    },
    {
      id: "running",
      title: "Running",
      isNumber: true,
      order: ({ running }) => running,
      cell: ({ running }) => dimmed(count(running)),
    },
    {
      id: "workers",
      title: "Workers",
      isNumber: true,
      order: ({ workers }) => workers,
      cell: ({ workers, waiting }) =>
        workers === 0 && waiting > 0 ? <b class="bad-text">none</b> : dimmed(count(workers)),
    },
    {
      id: "in",
      title: "In /s",
      hint: "Jobs submitted a second",
      isNumber: true,
      order: (func) => past.ratesOf(keyOf(func))?.submitted ?? null,
      told: ({ submittedTotal }) => submittedTotal,
      cell: (func) => dimmed(rate(past.ratesOf(keyOf(func))?.submitted)),
    },
    {
      id: "out",
      title: "Out /s",
      hint: "Jobs ended a second",
      isNumber: true,
      order: (func) => past.ratesOf(keyOf(func))?.ended ?? null,
      told: ({ completedTotal }) => completedTotal,
      cell: (func) => dimmed(rate(past.ratesOf(keyOf(func))?.ended)),
    },
    {
      id: "failed",
      title: "Failed",
      hint: "Failures and exceptions since the server started",
      isNumber: true,
      order: failuresOf,
      told: ({ failedTotal }) => failedTotal,
      cell: (func) => dimmed(count(failuresOf(func))),
    },
    {
      id: "dead",
      title: "Dead",
      hint: "Jobs that have failed for good, or were buried",
      isNumber: true,
      order: ({ dead = 0 }) => dead,
      told: ({ dead }) => dead || undefined,
      cell: (func) =>
        func.dead
          ? <a href={hrefOf("dead", null, { function: keyOf(func) })}>{count(func.dead)}</a>
          : dimmed(count(func.dead)),
    },
    {
      id: "change",
      title: "Change /s",
      hint: "Jobs that came minus jobs that went, a second",
      isNumber: true,
      order: (func) => past.ratesOf(keyOf(func))?.change ?? null,
      told: ({ submittedTotal }) => submittedTotal === undefined ? true : undefined,
      cell: (func) => dimmed(change(past.ratesOf(keyOf(func))?.change)),
    },
    lines === null ? LAST_MINUTE : {
      id: "hour",
      title: "Ended, last hour",
      cell: (func) => {
        const values = lines.get(keyOf(func));
        const sum = values?.reduce((all, value) => all + value, 0) ?? 0;
        return <Sparkline values={values} label={`${count(sum)} jobs ended in the last hour`} />;
      },
    },
  ];
}

const LAST_MINUTE: Column<ToldFunction> = {
  id: "minute",
  title: "Jobs, last minute",
  hint: "Waiting and running jobs while this page was open",
  cell: (func) => {
    const values = past.jobsOf(keyOf(func));
    const most = count(Math.max(0, ...values));
    return <Sparkline values={values} label={`${most} jobs at most in the last minute`} />;
  },
};

function failuresOf({ failedTotal = 0, exceptionTotal = 0 }: ToldFunction): number {
  return failedTotal + exceptionTotal;
}

function WaitingCell({ func }: { func: ToldFunction }): JSX.Element {
  const { waiting, waitingHigh = 0, waitingLow = 0, waitingNormal = 0 } = func;
  if (waitingHigh === 0 && waitingLow === 0) return dimmed(count(waiting));
  const parts = [["high", waitingHigh], ["normal", waitingNormal], ["low", waitingLow]] as const;
  return (
    <>
      {count(waiting)}
      <span class="by-priority">
        {parts.filter(([, number]) => number > 0).map(([priority, number]) =>
          `${count(number)} ${priority}`
        ).join(", ")}
      </span>
    </>
  );
}

/** Zeros step back, so that what is there stands out. */
function dimmed(text: string): JSX.Element {
  return text === "0" || text === NOTHING ? <span class="faint">{text}</span> : <>{text}</>;
}
