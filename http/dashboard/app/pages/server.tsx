/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { ToldServer } from "../../../api/told.ts";
import { drain, mayAct } from "../actions.tsx";
import { logOut, needsLogin } from "../api.ts";
import { past, snapshot } from "../live.ts";
import { hasLoggedIn } from "./login.tsx";
import { Chart } from "../parts/chart.tsx";
import { tellError } from "../parts/confirm.tsx";
import { PausedFunctions } from "../parts/pause.tsx";
import { Servers } from "../parts/servers.tsx";
import { Section, Tile } from "../parts/small.tsx";
import { Clock, Name } from "../parts/text.tsx";
import { visible } from "../text.ts";
import { bytes, count, counted, duration } from "../units.ts";

/** The server itself. */
export function ServerPage(): JSX.Element {
  const server = snapshot.value?.server;
  if (server === undefined) return <p class="nothing">Loading …</p>;
  return (
    <>
      <h1>Server</h1>
      <dl class="tiles">
        {server.watched === undefined && <Condition server={server} />}
        <Tile title="Connections" note={counted(server.workers, "worker")}>
          {count(server.connections)}
        </Tile>
        <Tile
          title="Jobs"
          note={`${count(server.waiting)} waiting, ${count(server.running)} running`}
        >
          {count(server.jobs)}
        </Tile>
      </dl>
      {server.cluster != null && <Servers cluster={server.cluster} />}
      {server.watched === undefined && <PausedFunctions />}
      {server.watched === undefined && <Machine />}
      <Store server={server} />
      {server.warnings !== undefined && <Warnings warnings={server.warnings} />}
      <Section title="About">
        <dl class="facts">
          {server.watched !== undefined && (
            <div>
              <dt>Address</dt>
              <dd>{visible(server.watched.address)}</dd>
            </div>
          )}
          <div>
            <dt>Version</dt>
            <dd>{server.watched?.isGeartrain && "geartrain "}{visible(server.version)}</dd>
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
        {server.watched !== undefined && (
          <p class="faint">
            This page is not the server’s own: it shows what the server’s text commands tell, and
            changes nothing. They do not tell how the process is.
          </p>
        )}
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

/** How the process of the server is. */
function Condition({ server }: { server: ToldServer }): JSX.Element {
  return (
    <>
      <Tile title="Up for">{duration(server.uptimeSeconds)}</Tile>
      <Tile title="Memory" note={`${bytes(server.jobMemoryBytes)} in jobs`}>
        {bytes(server.memoryBytes)}
      </Tile>
      <Tile title="Event-loop delay">{duration(server.eventLoopDelaySeconds)}</Tile>
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

function Store({ server: { store } }: { server: ToldServer }): JSX.Element | null {
  if (store === undefined) return null;
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

function Warnings({ warnings }: Required<Pick<ToldServer, "warnings">>): JSX.Element {
  return (
    <Section title="Warnings in the log">
      {warnings.length === 0 ? <p class="nothing">None.</p> : (
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
