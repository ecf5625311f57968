import { errorLine, escapeName } from "../../../protocol/mod.ts";
import type { SharedServerView } from "../../../store/shared_queue.ts";
import type { Cluster } from "../../cluster.ts";
import type { Connection } from "../connection.ts";
import type { TextAnswer } from "./rows.ts";

const NO_CLUSTER = errorLine("NO_CLUSTER", "The server shares its jobs with no others");
const HEAD = "server\taddress\tversion\tthis\tclaimed\tworkers\tsilence\n";
const END = ".\n";
const encoder = new TextEncoder();

/** `show servers`: those that share a queue, by name, a line each with tabs between the columns. */
export function showServers({ router }: Connection): TextAnswer {
  return answerOf(router.cluster, "");
}

/** `list servers`: the same, below the names of the columns. */
export function listServers({ router }: Connection): TextAnswer {
  return answerOf(router.cluster, HEAD);
}

function answerOf(cluster: Cluster | null, head: string): TextAnswer {
  if (cluster === null) return NO_CLUSTER;
  return (tell) =>
    cluster.servers(
      (servers) => {
        const lines = servers.toSorted((a, b) => a.name < b.name ? -1 : 1).map(lineOf);
        tell(`${head}${lines.join("")}${END}`);
      },
      ({ code, text }) => tell(errorLine(code, text)),
    );
}

function lineOf(
  { name, address, version, isThis, claimed, workers, silence }: SharedServerView,
): string {
  const cells = [
    cell(name),
    cell(address) || "-",
    cell(version),
    isThis ? 1 : 0,
    claimed,
    workers,
    Math.round(silence),
  ];
  return `${cells.join("\t")}\n`;
}

function cell(text: string): string {
  return escapeName(encoder.encode(text));
}
