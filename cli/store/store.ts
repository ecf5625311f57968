/**
 * `geartrain store`, which looks at the file of a store that no server uses.
 * @module
 */
import { flag, OptionError } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { type Command, command, failed } from "../command.ts";
import { onlyOf } from "../options/arguments.ts";
import { unknownWord } from "../options/did_you_mean.ts";
import { statSync } from "node:fs";
import type { JsonBytes } from "../../store/exchange/ndjson.ts";
import type { StoredLimits, StoredQueue, StoreStats } from "../../store/sqlite/report.ts";
import type { SqliteStore } from "../../store/sqlite/store.ts";
import { Output, printLines } from "../output.ts";
import { jsonText, plainText } from "../../router/log/text.ts";
import { type Column, table } from "../table.ts";

/** A word that may follow `geartrain store`. */
interface StoreWord {
  readonly name: string;
  readonly help: string;
  readonly hasJson?: true;
  /** Does what the word says; resolves to the exit status. */
  readonly run: (store: SqliteStore, asJson: boolean) => number | Promise<number>;
}

const STORE_WORDS: readonly StoreWord[] = [
  {
    name: "check",
    help: "Is the file intact, and can every job be read?",
    hasJson: true,
    run: check,
  },
  {
    name: "stats",
    help: "How many jobs it has, by function and priority, and the limits of functions.",
    hasJson: true,
    run: stats,
  },
  {
    name: "export",
    help: "Print everything that can be read as lines of JSON, for geartrain import.",
    run: exportAll,
  },
  {
    name: "vacuum",
    help: "Return the space of jobs that have ended to the system.",
    run: vacuumed,
  },
];

const NAMES = STORE_WORDS.map(({ name }) => name);

const ROWS = inGroup("Output", {
  json: { kind: flag, help: "check and stats: JSON instead of text." },
});

export const STORE: Command = command({
  name: "store",
  summary: "Check, export or shrink the file of a durable queue.",
  usage: "WORD FILE [OPTIONS]",
  words: NAMES,
  introduction: "Works on the FILE of serve's --store sqlite:FILE while no server has it open.",
  rows: ROWS,
  examples: [
    ["geartrain store check queue.db", "Is the file intact?"],
    ["geartrain store export queue.db > jobs.ndjson", "Its jobs as lines of JSON."],
  ],
  sections: [{
    title: "Words",
    rows: STORE_WORDS.map(({ name, help }) => [`${name} FILE`, help]),
  }, {
    title: "Exit status",
    rows: [
      ["0", "Done, and the store is intact."],
      ["1", "The store is damaged or cannot be used, or an option is wrong."],
    ],
  }],
}, store);

async function store(settings: SettingsOf<typeof ROWS>, args: readonly string[]): Promise<number> {
  const [name, ...others] = args;
  const word = STORE_WORDS.find((word) => word.name === name);
  if (word === undefined) throw unknownWord("store", name, NAMES);
  const file = onlyOf(others, `store ${name}`, "a file");
  if (settings.json && !word.hasJson) throw new OptionError(`--json: not with store ${name}`);
  const { SqliteStore } = await import("../../store/sqlite/store.ts");
  const opened = SqliteStore.open(file.replace(/^sqlite:/, ""), {
    sync: "always",
    handlePrefix: "",
    mustExist: true,
    // No job is added, so no space is reserved.
    reserve: 0,
    asItIs: true,
  });
  try {
    const { name, warnings } = opened;
    // Opening it loses what is damaged of its log, whatever it is opened for.
    const isTold = word.name !== "check" && warnings.length > 0;
    if (isTold) { for (const warning of warnings) failed(`${name}: ${warning}`); }
    const status = await word.run(opened, settings.json === true);
    return isTold ? 1 : status;
  } finally {
    opened.close();
  }
}

/** Lines are written together up to about this many characters. */
const CHUNK = 64 * 1024;

const COLUMNS: readonly Column<StoredQueue>[] = [
  { title: "FUNCTION", cell: (queue) => textOf(queue.function) },
  { title: "PRIORITY", cell: ({ priority }) => priority },
  { title: "JOBS", cell: ({ jobs }) => jobs },
  { title: "BYTES", cell: ({ bytes }) => bytes },
];

const LIMIT_COLUMNS: readonly Column<StoredLimits>[] = [
  { title: "LIMIT OF", cell: (limits) => textOf(limits.function) },
  { title: "HIGH", cell: ({ high }) => high },
  { title: "NORMAL", cell: ({ normal }) => normal },
  { title: "LOW", cell: ({ low }) => low },
];

async function check(store: SqliteStore, asJson: boolean): Promise<number> {
  const { problemsOf } = await import("../../store/sqlite/report.ts");
  const problems = problemsOf(store);
  const isWhole = problems.length === 0;
  if (asJson) printLines([jsonText({ ok: isWhole, problems }, 2)]);
  else printLines(isWhole ? ["ok"] : problems.map(plainText));
  return isWhole ? 0 : 1;
}

async function stats(store: SqliteStore, asJson: boolean): Promise<number> {
  const { statsOf } = await import("../../store/sqlite/report.ts");
  const found = statsOf(store);
  printLines(asJson ? [jsonText(found, 2)] : statsText(found));
  return 0;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function statsText(stats: StoreStats): string[] {
  const { jobs, bytes, oldestNumber, nextNumber, damaged, queues, limits } = stats;
  const lines = [
    `${counted(jobs, "job")} with ${counted(bytes, "byte")} of payload`,
    `numbers in handles: oldest job ${oldestNumber ?? "-"}, next job ${nextNumber}`,
  ];
  if (damaged > 0) lines.push(`damaged jobs that are set aside: ${damaged}`);
  if (queues.length > 0) lines.push("", ...table(COLUMNS, queues));
  if (limits.length > 0) lines.push("", ...table(LIMIT_COLUMNS, limits));
  return lines;
}

async function exportAll(store: SqliteStore): Promise<number> {
  const { exportedLines } = await import("../../store/exchange/ndjson.ts");
  const { soundParts } = await import("../../store/sqlite/salvage.ts");
  let status = 0;
  const parts = soundParts(store, (what) => {
    status = failed(`${store.name}: ${what}; left out`);
  });
  let isRead = true;
  const output = new Output(() => isRead = false);
  const encoder = new TextEncoder();
  let text = "";
  for (const line of exportedLines(store, parts)) {
    text += `${line}\n`;
    if (text.length < CHUNK) continue;
    await output.write(encoder.encode(text));
    text = "";
    if (!isRead) return status;
  }
  await output.write(encoder.encode(text));
  return status;
}

async function vacuumed(store: SqliteStore): Promise<number> {
  const { vacuum } = await import("../../store/sqlite/report.ts");
  const path = store.name.replace(/^sqlite:/, "");
  const before = statSync(path).size;
  vacuum(store);
  printLines([`${before} bytes before, ${statSync(path).size} now`]);
  return 0;
}

function textOf(bytes: JsonBytes): string {
  return typeof bytes === "string" ? bytes : `base64:${bytes.base64}`;
}
