/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { ServerAnswer } from "../../../api/types.ts";
import { drain, mayAct } from "../actions.tsx";
import { logOut, needsLogin } from "../api.ts";
import { past, snapshot } from "../live.ts";
import { hasLoggedIn } from "./login.tsx";
import { Chart } from "../parts/chart.tsx";
import { tellError } from "../parts/confirm.tsx";
import { Section, Tile } from "../parts/small.tsx";
import { Clock, Name } from "../parts/text.tsx";
import { bytes, count, duration } from "../units.ts";

/** The server itself. */
export function ServerPage(): JSX.Element {
  const server = snapshot.value?.server;
  if (server === undefined) return <p class="nothing">Loading …</p>;
  return (
    <>
      <h1>Server</h1>
      <dl class="tiles">
        <Tile title="Up for">{duration(server.uptimeSeconds)}</Tile>
        <Tile title="Memory" note={`${bytes(server.jobMemoryBytes)} in jobs`}>
          {bytes(server.memoryBytes)}
        </Tile>
        <Tile title="Event-loop delay">{duration(server.eventLoopDelaySeconds)}</Tile>
        <Tile title="Connections" note={`${count(server.workers)} workers`}>
          {count(server.connections)}
        </Tile>
        <Tile
          title="Jobs"
          note={`${count(server.waiting)} waiting, ${count(server.running)} running`}
        >
          {count(server.jobs)}
        </Tile>
      </dl>
      <Machine />
      <Store server={server} />
      <Warnings server={server} />
      <Section title="About">
        <dl class="facts">
          <div>
            <dt>Version</dt>
            <dd>{server.version}</dd>
          </div>
          {server.commit != null && (
            <div>
              <dt>Commit</dt>
              <dd class="handle">{server.commit}</dd>
            </div>
          )}
          {server.pid !== undefined && (
            <div>
              <dt>Process</dt>
              <dd>{server.pid}</dd>
            </div>
          )}
          <div>
            <dt>Actions</dt>
            <dd>{server.readOnly ? "forbidden" : "allowed"}</dd>
          </div>
          <div>
            <dt>Payloads</dt>
            <dd>{server.payloads ? "may be read" : "are not shown"}</dd>
          </div>
        </dl>
        <div class="buttons">
          {mayAct() && (
            <button type="button" class="harmful" disabled={server.draining} onClick={drain}>
              {server.draining ? "It drains" : "Drain …"}
            </button>
          )}
          {hasLoggedIn.value && <button type="button" onClick={leave}>Log out</button>}
        </div>
      </Section>
    </>
  );
}

function Machine(): JSX.Element {
  const { seconds } = past;
  const times = seconds.map(({ at }) => at);
  return (
    <Section title="The last three minutes">
      <div class="charts">
        <Chart
          title="Memory"
          times={times}
          lines={[{
            title: "in use",
            colour: 1,
            isFilled: true,
            values: seconds.map(({ memoryBytes }) => memoryBytes),
          }]}
          isBinary
          format={bytes}
        />
        <Chart
          title="Event-loop delay"
          times={times}
          lines={[{
            title: "delay",
            colour: 4,
            isFilled: true,
            values: seconds.map(({ eventLoopDelaySeconds }) => eventLoopDelaySeconds),
          }]}
          format={duration}
        />
      </div>
    </Section>
  );
}

function Store({ server: { store } }: { server: ServerAnswer }): JSX.Element {
  if (store === null) {
    return (
      <Section title="Store">
        <p class="nothing">There is none: jobs are in memory only.</p>
      </Section>
    );
  }
  return (
    <Section title="Store">
      <dl class="facts">
        <div>
          <dt>Kind</dt>
          <dd>{store.kind}</dd>
        </div>
        {store.fileBytes !== undefined && (
          <div>
            <dt>File</dt>
            <dd>{bytes(store.fileBytes)}</dd>
          </div>
        )}
        {store.commitSeconds !== undefined && (
          <div>
            <dt>Last commit</dt>
            <dd>{duration(store.commitSeconds)}</dd>
          </div>
        )}
        <div>
          <dt>Writes that failed</dt>
          <dd class={store.errors > 0 ? "bad-text" : ""}>{count(store.errors)}</dd>
        </div>
      </dl>
    </Section>
  );
}

function Warnings({ server: { warnings } }: { server: ServerAnswer }): JSX.Element {
  return (
    <Section title="Warnings in the log">
      {!warnings?.length ? <p class="nothing">None.</p> : (
        <ol class="log">
          {warnings.map(({ at, level, text }, index) => (
            <li class={`log-${level}`} key={`${at} ${index}`}>
              <Clock at={at} /> <b>{level}</b> <Name of={text} />
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

async function leave(): Promise<void> {
  try {
    await logOut();
    hasLoggedIn.value = false;
    snapshot.value = null;
    needsLogin.value = true;
  } catch (error) {
    tellError(error);
  }
}
