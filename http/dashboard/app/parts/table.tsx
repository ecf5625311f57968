/** @jsxImportSource preact */
import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { look, route } from "../route.ts";

/** A column of a table. */
export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** What the column says, for those who wonder. */
  readonly hint?: string;
  readonly isNumber?: boolean;
  cell(row: Row): ComponentChildren;
  /** What it shows of a row: a column of which no row has anything but undefined is left out. */
  told?(row: Row): unknown;
  /** What rows are ordered by; a column without it cannot be. */
  order?(row: Row): number | string | null;
}

interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The order before somebody chooses one: a column, `-` before it for the largest first. */
  readonly order?: string;
  /** Are the rows in their order already? */
  readonly isOrdered?: boolean;
  /** Parameter of the URL that has the order; two tables of a page have two. */
  readonly parameter?: string;
  readonly nothing: string;
  keyOf(row: Row): string;
}

/**
 * Rows by the order that the URL has. While the pointer or the focus is among them they keep their
 * places, so that nobody presses what has just moved there.
 */
export function Table<Row>(props: TableProps<Row>): JSX.Element {
  const { caption, columns, rows, keyOf, nothing, parameter = "sort" } = props;
  const chosen = route.value.query[parameter] ?? props.order ?? "";
  const places = useRef<{ held: boolean; order: string; keys: Map<string, number> }>(
    { held: false, order: "", keys: new Map() },
  );
  const held = places.current.held && places.current.order === chosen;
  const ordered = props.isOrdered
    ? rows
    : held
    ? byPlace(rows, keyOf, places.current.keys)
    : byColumn(rows, columns, chosen);
  places.current.order = chosen;
  places.current.keys = new Map(ordered.map((row, place) => [keyOf(row), place]));
  const hold = (isHeld: boolean) => () => places.current.held = isHeld;

  if (rows.length === 0) return <p class="nothing">{nothing}</p>;
  const told = columns.filter((column) =>
    column.told === undefined || rows.some((row) => column.told!(row) !== undefined)
  );
  return (
    <table>
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {told.map((column) => <Heading {...{ column, chosen, parameter }} key={column.id} />)}
        </tr>
      </thead>
      <tbody
        onPointerEnter={hold(true)}
        onPointerLeave={hold(false)}
        onFocusIn={hold(true)}
        onFocusOut={hold(false)}
      >
        {ordered.map((row) => (
          <tr key={keyOf(row)}>
            {told.map((column, index) => {
              const content = <div>{column.cell(row)}</div>;
              const shared = {
                class: column.isNumber ? "number" : undefined,
                "data-title": column.title,
              };
              return index === 0
                ? <th scope="row" {...shared} key={column.id}>{content}</th>
                : <td {...shared} key={column.id}>{content}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface HeadingProps {
  readonly column: Pick<Column<never>, "id" | "title" | "hint" | "isNumber"> & { order?: unknown };
  readonly chosen: string;
  readonly parameter: string;
}

function Heading({ column, chosen, parameter }: HeadingProps): JSX.Element {
  const { id, title, hint, isNumber, order } = column;
  const shared = { scope: "col", class: isNumber ? "number" : undefined, title: hint } as const;
  if (order === undefined) return <th {...shared}>{title}</th>;
  const direction = chosen === id ? "ascending" : chosen === `-${id}` ? "descending" : undefined;
  const next = chosen === id || (isNumber && chosen !== `-${id}`) ? `-${id}` : id;
  return (
    <th {...shared} aria-sort={direction}>
      <button
        type="button"
        class="plain"
        onClick={() => look({ [parameter]: next, cursor: undefined })}
      >
        {title}
        <span class="arrow" aria-hidden="true">
          {direction === undefined ? "" : direction === "ascending" ? "↑" : "↓"}
        </span>
      </button>
    </th>
  );
}

/** An order of the table as the server, which has other names, is asked for it; undefined if it has none. */
export function serverOrder(
  names: ReadonlyMap<string, string>,
  order: string,
): string | undefined {
  const found = names.get(order.replace(/^-/, ""));
  return found === undefined || !order.startsWith("-") ? found : `-${found}`.replace("--", "");
}

function byColumn<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  chosen: string,
): Row[] {
  const id = chosen.replace(/^-/, "");
  const order = columns.find((column) => column.id === id)?.order;
  if (order === undefined) return [...rows];
  const sign = chosen.startsWith("-") ? -1 : 1;
  return rows.map((row) => ({ row, value: order(row) }))
    .sort((a, b) => {
      if (a.value === b.value) return 0;
      // What is not known comes last either way.
      if (a.value === null || b.value === null) return a.value === null ? 1 : -1;
      return a.value < b.value ? -sign : sign;
    })
    .map(({ row }) => row);
}

function byPlace<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  places: ReadonlyMap<string, number>,
): Row[] {
  const placeOf = (row: Row) => places.get(keyOf(row)) ?? places.size;
  return rows.toSorted((a, b) => placeOf(a) - placeOf(b));
}
