import type { Socket } from "node:net";
import { StoreError } from "../store.ts";
import { passwordFor } from "./connection/password.ts";
import { openSocket } from "./connection/socket.ts";
import type { PostgresHost, PostgresUrl } from "./connection/url.ts";

/** What a statement gets. Arrays are written as PostgreSQL writes them. */
export type Parameter = string | number | boolean | Uint8Array | null;

/** Rows of an answer, by column. Large integers, and arrays, are texts. */
// deno-lint-ignore no-explicit-any
export type Rows = readonly any[][];

/** One connection. When it breaks, nothing comes of it any more. */
export interface Connection {
  /** Statements are sent at once and carried out in their order, each as a transaction of its own. */
  query(text: string, parameters: readonly Parameter[]): Promise<Rows>;
  /** Several statements without parameters, as one transaction unless they say otherwise. */
  script(text: string): Promise<void>;
  /** Closes the connection without waiting for answers. */
  destroy(): void;
}

/** What a connection tells by itself. */
export interface ConnectionEvents {
  notice(channel: string, message: string): void;
  /** It has ended; never before it was opened. */
  closed(): void;
}

/** One of the hosts of a URL. */
export interface Place {
  readonly url: PostgresUrl;
  readonly host: PostgresHost;
  /** A password that was given; undefined: it comes from the URL or its surroundings. */
  readonly password: string | undefined;
}

/** Settings of a session, by name. */
export type Settings = Readonly<Record<string, string>>;

/** What statements and answers rely on, whatever a database or a role has been given. */
const RELIED_ON: Settings = {
  application_name: "geartrain",
  bytea_output: "hex",
  standard_conforming_strings: "on",
  // A later statement of a function is to see what was committed while an earlier one waited.
  default_transaction_isolation: "read committed",
};

async function library() {
  try {
    return (await import("postgres")).default;
  } catch (error) {
    const cause = (error as Error).message;
    throw new StoreError(`a store in PostgreSQL needs the package "postgres" of npm: ${cause}`);
  }
}

/**
 * Opens a connection to a host.
 *
 * @param signal breaks it off while it is opened.
 */
export async function openConnection(
  { url, host, password }: Place,
  settings: Settings,
  events: ConnectionEvents,
  signal: AbortSignal,
): Promise<Connection> {
  const postgres = await library();
  const sockets: Socket[] = [];
  const destroy = (): void =>
    sockets.forEach((socket) => socket.destroy(new Error("it was broken off")));
  const opening = (socket: Socket) => {
    sockets.push(socket);
    // Whoever opens it, and then the library, waits for its errors; between the two nobody does.
    socket.on("error", () => {});
    if (signal.aborted) destroy();
  };
  signal.addEventListener("abort", destroy);
  let isUsed = false;
  let isOpen = false;
  const sql = postgres({
    // All that could come from variables of the environment is named.
    ...{ host: host.host, port: host.port, database: url.database, user: url.user, path: "" },
    ...{ ssl: false, max: 1, idle_timeout: 0, max_lifetime: null, connect_timeout: 0 },
    ...{
      sslnegotiation: null,
      publications: "",
      keep_alive: 10,
      max_pipeline: 100,
      prepare: true,
      fetch_types: false,
      debug: false,
    },
    pass: () => passwordFor(url, host, password) ?? "",
    backoff: () => 0,
    connection: { ...RELIED_ON, ...settings },
    onnotice: () => {},
    onnotify: events.notice,
    onclose: () => {
      if (!isOpen) return;
      // What waits to be sent would wait for ever.
      end();
      events.closed();
    },
    // The library would go on without TLS where there is none, whatever was asked for; and it would
    // connect anew by itself, behind the back of whoever says something first on each connection.
    socket: () => {
      if (isUsed) throw new Error("the connection was closed");
      isUsed = true;
      return openSocket(url, host, opening);
    },
    // deno-lint-ignore no-explicit-any
  } as any);
  const end = () => {
    destroy();
    sql.end({ timeout: 0 }).catch(() => {});
  };
  try {
    await sql.unsafe("select 1");
    if (signal.aborted) throw new Error("it was broken off");
    isOpen = true;
  } catch (error) {
    end();
    throw error;
  } finally {
    signal.removeEventListener("abort", destroy);
  }
  return {
    query: async (text, parameters) =>
      // deno-lint-ignore no-explicit-any
      await sql.unsafe(text, parameters as any[], { prepare: true }).values() as unknown as Rows,
    script: async (text) => {
      await sql.unsafe(text).simple();
    },
    destroy: end,
  };
}
