/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { ToldConnection } from "../../../api/told.ts";
import type { Page } from "../../../api/types.ts";
import { mayAct } from "../actions.tsx";
import { useResource, withQuery } from "../api.ts";
import { setQuiet } from "../holds.tsx";
import { watched } from "../live.ts";
import { PEER_ORDERS, Peers } from "../parts/peers.tsx";
import { Waiting } from "../parts/small.tsx";
import { serverOrder } from "../parts/table.tsx";
import { Choice } from "../parts/text.tsx";
import { hrefOf, look, parameter, route } from "../route.ts";
import { count } from "../units.ts";

const BEATS = 2;
/** What one may ask for among all connections. */
const ROLES = ["worker", "client"] as const;

/** What each worker does, and for how long. */
export function WorkersPage(): JSX.Element {
  return (
    <PeersPage
      title="Workers"
      path="/workers"
      order="-for"
      without={["role", "waits"]}
      nothing="No worker is connected."
    />
  );
}

/** All connections. */
export function ConnectionsPage(): JSX.Element {
  return (
    <PeersPage
      title="Connections"
      path="/connections"
      order="-connected"
      without={[]}
      nothing="Nobody is connected."
    />
  );
}

interface PeersPageProps {
  readonly title: string;
  readonly path: string;
  readonly order: string;
  readonly without: readonly string[];
  readonly nothing: string;
}

function PeersPage({ title, path, order, without, nothing }: PeersPageProps): JSX.Element {
  const { id, cursor } = route.value.query;
  const role = ROLES.find((each) => each === route.value.query.role);
  const filter = parameter("filter");
  const resource = useResource<Page<ToldConnection>>(
    withQuery(role === undefined ? path : `/${role}s`, {
      cursor,
      id,
      sort: serverOrder(PEER_ORDERS, route.value.query.sort ?? order),
      filter: encodeURIComponent(filter),
      limit: "500",
    }),
    BEATS,
  );
  const peers = resource.data?.items ?? [];
  // Of a server that is watched it is not known which job is whose.
  const hint = `Filter by id, address, function${watched.value === null ? ", job" : ""}`;
  return (
    <>
      <h1>{id === undefined ? title : `Connection ${id}`}</h1>
      <section class="card" aria-label={`List of ${title.toLowerCase()}`}>
        <div class="filters">
          {id === undefined
            ? (
              <label>
                <span class="unseen">{hint}</span>
                <input
                  type="search"
                  placeholder={hint}
                  value={parameter("filter")}
                  onInput={({ currentTarget }) =>
                    look({ filter: encodeURIComponent(currentTarget.value), cursor: undefined })}
                />
              </label>
            )
            : <a href={hrefOf("connections")}>All connections</a>}
          {path === "/connections" && id === undefined && watched.value?.isGeartrain !== false && (
            <nav aria-label="Roles" class="choices">
              {[undefined, ...ROLES].map((each) => (
                <Choice
                  page="connections"
                  query={{ ...route.value.query, role: each, cursor: undefined }}
                  isChosen={role === each}
                  key={each}
                >
                  {each === undefined ? "all" : `${each}s`}
                </Choice>
              ))}
            </nav>
          )}
          <span class="faint">
            {count(peers.length)} shown
            {path === "/connections" && watched.value !== null &&
              "; one of them is this dashboard’s"}
          </span>
        </div>
        {resource.data === null ? <Waiting resource={resource} /> : (
          <Peers
            caption={title}
            peers={peers}
            nothing={id !== undefined
              ? "It has gone."
              : filter !== "" || role !== undefined
              ? "No connection has that."
              : nothing}
            {...{ order, without }}
          />
        )}
        {id !== undefined && mayAct() &&
          peers.map((peer) => <QuietButton peer={peer} reload={resource.reload} key={peer.id} />)}
        {resource.data?.next && (
          <div class="buttons">
            <button
              type="button"
              onClick={() => look({ cursor: encodeURIComponent(resource.data!.next!) })}
            >
              Next page
            </button>
          </div>
        )}
      </section>
    </>
  );
}

/** Lets a worker have no more jobs, or have some again; nothing for a client. */
function QuietButton(
  { peer, reload }: { peer: ToldConnection; reload(): void },
): JSX.Element | null {
  if (peer.functions.length === 0 && !peer.quiet) return null;
  return (
    <div class="buttons">
      <button type="button" onClick={() => setQuiet(peer, !peer.quiet, reload)}>
        {peer.quiet ? "Let it have jobs again …" : "Quiet this worker …"}
      </button>
    </div>
  );
}
