import { duration, OptionError, orOptionError } from "../../options/kinds.ts";
import * as orders from "../../client/admin/pauses.ts";
import type { PauseFact } from "../../client/admin/records.ts";
import { onlyOf } from "../options/arguments.ts";
import { time } from "../options/kinds.ts";
import type { Column } from "../table.ts";
import { timeText } from "./times.ts";
import { type AdminWord, counted, okay, oneWord, order, type Question, tableOf } from "./word.ts";

const COLUMNS: readonly Column<PauseFact>[] = [
  { title: "FUNCTION", cell: (pause) => pause.function },
  { title: "SINCE", cell: ({ since }) => timeText(since) },
  { title: "UNTIL", cell: ({ until }) => until === null ? null : timeText(until) },
  { title: "BY", cell: ({ by }) => by },
  { title: "REASON", cell: ({ reason }) => reason || null },
];

/** The words that hold jobs back, or let them go. */
export const HOLDS: readonly AdminWord[] = [
  {
    name: "pause",
    usage: "[FUNC [DURATION] [REASON]]",
    help: "Paused functions; or pause one: its jobs are taken, and no worker gets them.",
    changes: ([name]) => name !== undefined,
    question: ([name, ...words]) =>
      name === undefined ? tableOf(COLUMNS, orders.pauses) : pause(name, words),
  },
  order(
    "resume",
    "FUNC",
    "Let workers have the jobs of a paused function again.",
    async (server, func) => okay(await orders.resume(server, func)),
  ),
  quietWord("quiet", "Let a worker, by number, address or client id, have no more jobs."),
  quietWord("unquiet", "Let it have jobs again."),
  {
    name: "move",
    usage: "HANDLE TIME",
    help: "Let a job that waits for its time wait for another one.",
    changes: () => true,
    question: ([handle = "", when, ...others]) => {
      if (when === undefined || others.length > 0) {
        throw new OptionError("move: takes the handle of a job and a time");
      }
      const due = orOptionError(() => time.parse(when), "move: the time ").getTime();
      oneWord("move", handle);
      return async (server) => okay(await orders.moveJob(server, handle, due));
    },
  },
  order(
    "run",
    "HANDLE",
    "Let a job that waits for its time run now.",
    async (server, handle) => okay(await orders.runJob(server, handle)),
  ),
];

/** The duration may be left out, as the server lets it. */
function pause(name: string, words: readonly string[]): Question {
  const func = onlyOf([name], "pause", "a function");
  const [first = ""] = words;
  const span = duration(first, "s") * 1000;
  const isSpan = first === "-" || !Number.isNaN(span);
  const request = {
    duration: isSpan && first !== "-" ? span : Infinity,
    reason: (isSpan ? words.slice(1) : words).join(" "),
  };
  return async (server) => okay(await orders.pause(server, func, request));
}

function quietWord(name: "quiet" | "unquiet", help: string): AdminWord {
  return order(
    name,
    "WORKER",
    help,
    async (server, worker) =>
      counted(await orders.quiet(server, worker, name === "quiet"), "worker"),
  );
}
