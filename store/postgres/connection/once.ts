import { type QueueClock, SYSTEM_CLOCK } from "../clock.ts";
import { type Connection, openConnection, type Settings } from "../driver.ts";
import type { PostgresUrl } from "./url.ts";

/** How long a host may take to answer, in milliseconds. */
const DEADLINE = 10_000;

/**
 * Connects to the first host that can be written to, does something there, and ends the connection.
 *
 * @throws what connecting to the last host, or what is done, fails with.
 */
export async function withConnection<T>(
  url: PostgresUrl,
  password: string | undefined,
  act: (connection: Connection) => Promise<T>,
  clock: QueueClock = SYSTEM_CLOCK,
): Promise<T> {
  const connection = await connect(url, password, clock);
  try {
    return await act(connection);
  } finally {
    connection.destroy();
  }
}

const SETTINGS: Settings = { client_min_messages: "warning" };
const EVENTS = { notice: () => {}, closed: () => {} };

/**
 * Connects to the first host that can be written to.
 *
 * @throws what connecting to the last one fails with.
 */
export async function connect(
  url: PostgresUrl,
  password: string | undefined,
  clock: QueueClock = SYSTEM_CLOCK,
): Promise<Connection> {
  let failure: unknown;
  for (const host of url.hosts) {
    const breaking = new AbortController();
    const stopTimer = clock.after(DEADLINE, () => breaking.abort());
    try {
      const { signal } = breaking;
      const place = { url, host, password };
      const connection = await openConnection(place, SETTINGS, EVENTS, signal);
      const [[isStandby]] = await connection.query("select pg_is_in_recovery()", []);
      if (!isStandby) return connection;
      connection.destroy();
      failure ??= new Error(`${host.host} is a standby, which only reads`);
    } catch (error) {
      failure = error;
    } finally {
      stopTimer();
    }
  }
  throw failure;
}
