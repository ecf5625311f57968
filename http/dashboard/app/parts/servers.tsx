/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { ClusterAnswer, ClusterServerAnswer, ServersAnswer } from "../../../api/types.ts";
import { useResource } from "../api.ts";
import { count, duration } from "../units.ts";
import { Section, Waiting } from "./small.tsx";
import { type Column, Table } from "./table.tsx";
import { Name } from "./text.tsx";

const BEATS = 2;
/** How long a server that is well is silent at most, in seconds. */
const LONG_SILENCE = 3;

const COLUMNS: readonly Column<ClusterServerAnswer>[] = [
  {
    id: "name",
    title: "Server",
    cell: ({ name, isThis }) => (
      <>
        <Name of={name} /> {isThis && <span class="faint">this one</span>}
      </>
    ),
    order: ({ name }) => name,
  },
  { id: "address", title: "Address", cell: ({ address }) => <Name of={address} /> },
  {
    id: "claimed",
    title: "Claimed",
    hint: "Jobs that it has taken out of the queue, to run them",
    isNumber: true,
    cell: ({ claimed }) => count(claimed),
    order: ({ claimed }) => claimed,
  },
  {
    id: "workers",
    title: "Workers",
    isNumber: true,
    cell: ({ workers }) => count(workers),
    order: ({ workers }) => workers,
  },
  {
    id: "seen",
    title: "Last seen",
    hint: "How long ago; after some seconds others do its jobs",
    isNumber: true,
    cell: ({ silentSeconds: silent }) => (
      <span class={silent > LONG_SILENCE ? "bad-text" : ""}>{duration(silent)}</span>
    ),
    order: ({ silentSeconds }) => silentSeconds,
  },
  { id: "version", title: "Version", cell: ({ version }) => <Name of={version} /> },
];

/** All servers of a cluster, and what each has of its jobs. */
export function Servers({ cluster }: { cluster: ClusterAnswer }): JSX.Element {
  const resource = useResource<ServersAnswer>("/servers", BEATS);
  const { data } = resource;
  return (
    <Section
      title="Servers that share the queue"
      aside={<span class="faint">{cluster.queue}</span>}
    >
      {data === null ? <Waiting resource={resource} /> : (
        <Table
          caption="Servers that share the queue"
          columns={COLUMNS}
          rows={data.items}
          order="name"
          parameter="servers"
          nothing="None."
          keyOf={({ name, address, isThis }) => `${name} ${address} ${isThis}`}
        />
      )}
    </Section>
  );
}
