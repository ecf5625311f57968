/**
 * `geartrain top`. `state.ts` has what is shown of a server and how keys change it, `view.ts` makes
 * lines of that, and `live.ts` keeps them on the terminal.
 * @module
 */
import process from "node:process";
import { flag, oneOf, seconds, text } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { type Command, command, failed } from "../command.ts";
import { SERVER_ROWS, serverAddress, serverTimeout } from "../options/servers.ts";
import { printLines } from "../output.ts";
import { type Column, shown, table } from "../table.ts";
import { TextConnection } from "../../client/admin/text_connection.ts";
import { brand, type ServerVersion } from "../../client/admin/names.ts";
import { addressText } from "../../transport/socket_errors.ts";
import { LiveView } from "./live.ts";
import {
  FIRST_STATE,
  type FunctionRow,
  selected,
  SORT_KEYS,
  takeSnapshot,
  type ViewState,
} from "./state.ts";

const DEFAULT_INTERVAL = 2;

const ROWS = {
  ...SERVER_ROWS,
  ...inGroup("Look", {
    interval: {
      aliases: ["i"],
      kind: seconds,
      default: DEFAULT_INTERVAL,
      help: "Time between two looks.",
    },
    sort: {
      kind: oneOf("KEY", SORT_KEYS),
      default: FIRST_STATE.sort,
      help: `What functions are sorted by: ${SORT_KEYS.join(", ")}.`,
    },
    filter: { kind: text("TEXT"), help: "Only functions with this in their names." },
    once: {
      kind: flag,
      help: "Print once and end. This is the default when the output is not a terminal.",
    },
  }),
};

type TopSettings = SettingsOf<typeof ROWS>;

export const TOP: Command = command({
  name: "top",
  summary: "Watch a job server live.",
  usage: "[OPTIONS]",
  introduction: "Shows the functions of a Gearman server, this one or any other: jobs that wait, " +
    "those that wait for their time, those that run, workers, and how many jobs were done and " +
    "failed a second since the last look. For other servers CHANGE/s is jobs that came minus " +
    "jobs that went. A function with waiting jobs and no worker is highlighted.",
  rows: ROWS,
  examples: [
    ["geartrain top", "Watch the server until q is pressed."],
    ["geartrain top -h localhost:4730 --sort running --filter mail", "Begin with some functions."],
    ["geartrain top --once", "Print all functions once."],
  ],
  sections: [{
    title: "Keys",
    rows: [
      ["q, Ctrl-C", "Quit."],
      [
        "n w s r k d",
        "Sort by name, waiting, scheduled, running, workers, done; again: reversed.",
      ],
      ["/", "Filter by name: Enter keeps the filter, Esc drops it."],
      ["arrows", "Scroll, as do page up and down, home and end."],
    ],
  }, {
    title: "Exit status",
    rows: [
      ["0", "It was ended by q or Ctrl-C."],
      ["1", "No server answers, or an option is wrong."],
    ],
  }],
}, top);

async function top(settings: TopSettings): Promise<number> {
  const { sort = FIRST_STATE.sort, filter = "", interval = DEFAULT_INTERVAL } = settings;
  const state: ViewState = { ...FIRST_STATE, sort, filter };
  const address = serverAddress(settings);
  const connect = () => TextConnection.open(address, serverTimeout(settings));
  if (settings.once || !process.stdout.isTTY) return await printOnce(connect, state);
  const title = (version: ServerVersion) => `${addressText(address)}  ${shown(brand(version))}`;
  await new LiveView({ connect, title, interval: interval * 1000, state }).run();
  return 0;
}

async function printOnce(
  connect: () => Promise<TextConnection>,
  state: ViewState,
): Promise<number> {
  using server = await connect();
  const { functions, untold } = await takeSnapshot(server, null, () => performance.now());
  const columns = untold === null ? COLUMNS : COLUMNS.filter(({ title }) => title !== SCHEDULED);
  printLines(table(columns, selected(functions, state)));
  if (untold !== null) failed(`this server does not tell ${untold}`);
  return 0;
}

const SCHEDULED = "SCHEDULED";

const COLUMNS: readonly Column<FunctionRow>[] = [
  { title: "FUNCTION", cell: ({ name }) => name },
  { title: "WAITING", cell: ({ waiting }) => waiting },
  { title: "HIGH", cell: ({ priorities }) => priorities?.high },
  { title: "NORMAL", cell: ({ priorities }) => priorities?.normal },
  { title: "LOW", cell: ({ priorities }) => priorities?.low },
  { title: SCHEDULED, cell: ({ scheduled }) => scheduled },
  { title: "RUNNING", cell: ({ running }) => running },
  { title: "WORKERS", cell: ({ workers }) => workers },
];
