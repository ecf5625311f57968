import { errorLine } from "../../../protocol/mod.ts";
import type { SharedServerView } from "../../../store/shared_queue.ts";
import type { Cluster } from "../../cluster.ts";
import type { Connection } from "../connection.ts";
import { type Column, END, headOf, NOTHING, refusedWith, rowOf, textCell } from "./answers.ts";
import type { TextAnswer } from "./rows.ts";

const NO_CLUSTER = errorLine("NO_CLUSTER", "The server shares its jobs with no others");
const COLUMNS: readonly Column<SharedServerView>[] = [
  ["server", ({ name }) => textCell(name)],
  ["address", ({ address }) => textCell(address, NOTHING)],
  ["version", ({ version }) => textCell(version)],
  ["this", ({ isThis }) => isThis ? 1 : 0],
  ["claimed", ({ claimed }) => claimed],
  ["workers", ({ workers }) => workers],
  ["silence", ({ silence }) => Math.round(silence)],
];

/** `show servers`: those that share a queue, by name, a line each with tabs between the columns. */
export function showServers({ router }: Connection): TextAnswer {
  return answerOf(router.cluster, "");
}

/** `list servers`: the same, below the names of the columns. */
export function listServers({ router }: Connection): TextAnswer {
  return answerOf(router.cluster, headOf(COLUMNS));
}

function answerOf(cluster: Cluster | null, head: string): TextAnswer {
  if (cluster === null) return NO_CLUSTER;
  return (tell) =>
    cluster.servers(
      (servers) => {
        const inOrder = servers.toSorted((a, b) => a.name < b.name ? -1 : 1);
        tell(head + inOrder.map((server) => `${rowOf(COLUMNS, server)}\n`).join("") + END);
      },
      (why) => tell(refusedWith(why)),
    );
}
