import { duration, OptionError } from "../../options/kinds.ts";
import * as orders from "../../client/admin/dead.ts";
import type { DeadJobFact } from "../../client/admin/records.ts";
import { onlyOf } from "../options/arguments.ts";
import type { Column } from "../table.ts";
import { timeText } from "./times.ts";
import { type AdminWord, counted, DEFAULT_LIMIT, okay, oneWord, order, tableOf } from "./word.ts";

const COLUMNS: readonly Column<DeadJobFact>[] = [
  { title: "HANDLE", cell: ({ handle }) => handle },
  { title: "FUNCTION", cell: (job) => job.function },
  { title: "UNIQUE", cell: ({ unique }) => unique },
  { title: "DIED", cell: ({ died }) => timeText(died) },
  { title: "FAILURES", cell: ({ failures }) => failures },
  { title: "LOSSES", cell: ({ losses }) => losses },
  { title: "CAUSE", cell: ({ cause }) => cause },
  { title: "WORKER", cell: ({ worker }) => worker },
  { title: "TEXT", cell: ({ text }) => text },
];

/** The words about dead jobs. */
export const DEAD: readonly AdminWord[] = [
  {
    name: "dead",
    usage: "[FUNC]",
    help: "Dead jobs: those that have failed for good, or were buried.",
    selects: ["limit"],
    question: (args, { limit = DEFAULT_LIMIT }) => {
      const func = args.length === 0 ? undefined : onlyOf(args, "dead", "a function");
      return tableOf(COLUMNS, (server) => orders.deadJobs(server, func, limit));
    },
  },
  order(
    "bury",
    "HANDLE",
    "Put a live job with the dead ones: no worker gets it.",
    async (server, handle) => okay(await orders.bury(server, handle)),
  ),
  {
    name: "kick",
    usage: "FUNC [N], job HANDLE",
    help: "Bring the dead jobs of a function back, N of them at most; or one.",
    changes: () => true,
    question: ([name, most, ...others]) => {
      if (name === undefined || others.length > 0) {
        throw new OptionError("kick: takes a function and perhaps a number, or job and a handle");
      }
      const isCount = most === undefined || /^\d{1,15}$/.test(most);
      if (name === "job" && !isCount) {
        const handle = oneWord("kick", most);
        return async (server) => okay(await orders.kickJob(server, handle));
      }
      if (!isCount) throw new OptionError(`kick: N must be an integer >= 0, not ${most}`);
      const count = most === undefined ? undefined : Number(most);
      return async (server) => counted(await orders.kick(server, name, count), "job", "kicked");
    },
  },
  {
    name: "drop-dead",
    usage: "FUNC [TIME], job HANDLE",
    help: "Drop the dead jobs of a function, or those that died longer ago; or one.",
    changes: () => true,
    question: ([name, what, ...others]) => {
      const age = what === undefined ? undefined : duration(what, "s") * 1000;
      const isTime = age === undefined || age >= 0;
      if (name === undefined || others.length > 0 || !isTime && name !== "job") {
        throw new OptionError(
          "drop-dead: takes a function and perhaps a time such as 7d, or job and a handle",
        );
      }
      if (!isTime) {
        const handle = oneWord("drop-dead", what!);
        return async (server) => okay(await orders.dropDeadJob(server, handle));
      }
      return async (server) => counted(await orders.dropDead(server, name, age), "job", "dropped");
    },
  },
];
