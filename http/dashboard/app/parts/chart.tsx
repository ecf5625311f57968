/** @jsxImportSource preact */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { shade } from "../theme.ts";
import { fullTime } from "../units.ts";

/** One line of a chart. */
export interface Line {
  readonly title: string;
  /** Number of its colour, from 1. */
  readonly colour: number;
  readonly isFilled?: boolean;
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  /** Milliseconds since the Unix epoch, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Are the values bytes, which go by powers of two? */
  readonly isBinary?: boolean;
  /** How a value is written. */
  format(value: number | null): string;
}

const HEIGHT = 150;
/** Steps of the axis of time, in seconds. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
/** Steps of an axis of bytes. */
const BINARY = Array.from({ length: 50 }, (_, power) => 2 ** power);

/** Lines over time. The numbers are in a table too, for whoever cannot see the lines. */
export function Chart({ title, times, lines, isBinary, format }: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const [isOpen, setOpen] = useState(false);
  const data: uPlot.AlignedData = [
    times.map((time) => time / 1000),
    ...lines.map(({ values }) => [...values]),
  ];

  useEffect(() => {
    const element = place.current!;
    const made = new uPlot(
      optionsOf({ lines, format, isBinary }, element.clientWidth, setPointed),
      data,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shade.value, lines.length]);
  useEffect(() => plot.current?.setData(data), [times, lines]);

  const index = pointed ?? times.length - 1;
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="legend">
          {lines.map((line) => (
            <span key={line.title}>
              <i class={`swatch swatch-${line.colour}`} aria-hidden="true" />
              {line.title} <b>{format(line.values[index] ?? null)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={place} class={times.length < 2 ? "plot plot-empty" : "plot"} aria-hidden="true" />
      <details class="numbers" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          Numbers<span class="unseen">{` of ${title}`}</span>
        </summary>
        {isOpen && <Numbers {...{ title, times, lines, format }} />}
      </details>
    </figure>
  );
}

function Numbers({ title, times, lines, format }: ChartProps): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Numbers of ${title}`}>
      <table class="dense">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map((line) => <th scope="col" class="number" key={line.title}>{line.title}</th>)}
          </tr>
        </thead>
        <tbody>
          {times.map((time, index) => (
            <tr key={time}>
              <th scope="row">{fullTime(time).slice(11, 19)}</th>
              {lines.map((line) => (
                <td class="number" key={line.title}>{format(line.values[index] ?? null)}</td>
              ))}
            </tr>
          )).reverse()}
        </tbody>
      </table>
    </div>
  );
}

function optionsOf(
  { lines, format, isBinary }: Pick<ChartProps, "lines" | "format" | "isBinary">,
  width: number,
  onPoint: (index: number | null) => void,
): uPlot.Options {
  const [axis, grid] = [colour("--faint"), colour("--line")];
  const shared: uPlot.Axis = {
    stroke: axis,
    font: "11px system-ui, sans-serif",
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(width, 100),
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 20, 0, 0],
    cursor: { y: false, drag: { setScale: false, x: false, y: false } },
    scales: { y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      {
        ...shared,
        size: 26,
        incrs: STEPS,
        space: 70,
        values: (_plot, ticks) => ticks.map((tick) => timeOfTick(tick, ticks)),
      },
      {
        ...shared,
        ...isBinary && { incrs: BINARY },
        size: 58,
        space: 36,
        values: (_plot, ticks) => ticks.map(format),
      },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => ({
        stroke: colour(`--c${line.colour}`),
        fill: line.isFilled ? colour(`--c${line.colour}-wash`) : undefined,
        width: 1.75,
        points: { show: true, size: 5, filter: (plot, index) => lonely(plot.data[index]) },
      })),
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  };
}

/** The values with none beside them: no line goes there, so that they would not be seen. */
function lonely(values: uPlot.AlignedData[number]): number[] {
  return [...values.keys()].filter((index) =>
    values[index] != null && values[index - 1] == null && values[index + 1] == null
  );
}

function timeOfTick(tick: number, ticks: readonly number[]): string {
  const hasSeconds = ticks.some((each) => each % 60 !== 0);
  return fullTime(tick * 1000).slice(11, hasSeconds ? 19 : 16);
}

/** A colour of the style sheet as a canvas takes it: in the shade that is in force. */
function colour(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A line so small that it fits into a row. */
export function Sparkline(
  { values, label }: { values: readonly number[] | undefined; label: string },
): JSX.Element {
  if (values === undefined || values.length < 2) return <span class="spark" />;
  const [width, height] = [96, 22];
  const most = Math.max(...values, 1);
  const points = values.map((value, index) =>
    `${(index * width / (values.length - 1)).toFixed(1)},${
      (height - 1 - value * (height - 3) / most).toFixed(1)
    }`
  );
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <polygon points={`0,${height} ${points.join(" ")} ${width},${height}`} />
      <polyline points={points.join(" ")} />
    </svg>
  );
}
