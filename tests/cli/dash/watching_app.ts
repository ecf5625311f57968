/**
 * What `geartrain dash` answers, without a socket of HTTP.
 *
 * @module
 */
import { makeDashApp } from "../../../cli/dash/dash_app.ts";
import { WatchedServer } from "../../../cli/dash/watched_server.ts";
import type { ServerAddress } from "../../../client/server_address.ts";
import type { HttpToken } from "../../../http/parts.ts";
import { ManualClock } from "../../../testing/mod.ts";

/** The app, which watches a server; its clock stands still until a test moves it. */
export class WatchingApp implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly reports: string[] = [];
  readonly #server: WatchedServer;
  /** Viewers say themselves that they leave. */
  readonly #ended = new Promise<void>(() => {});
  readonly #app: ReturnType<typeof makeDashApp>;

  constructor(server: ServerAddress, tokens: readonly HttpToken[] = []) {
    this.#server = new WatchedServer(server, "jobs1:4730", this.clock, 5000);
    this.#app = makeDashApp({
      server: this.#server,
      clock: this.clock,
      report: (message) => void this.reports.push(message),
      options: { tokens, readOnly: true, payloads: false, names: [], metricFunctions: 1 },
    });
  }

  /** Asks the API. */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { host: "localhost:4781", ...init.headers };
    const request = new Request(`http://localhost/api/v1${path}`, { ...init, headers });
    return await this.#app.app.fetch(request, {
      remote: "127.0.0.1",
      place: { hostname: "127.0.0.1" },
      ended: this.#ended,
    });
  }

  /** Asks for JSON. */
  // deno-lint-ignore no-explicit-any
  async json(path: string): Promise<any> {
    return await (await this.ask(path)).json();
  }

  /** The status of an answer, and what it says in a sentence. */
  async problem(path: string, init: RequestInit = {}): Promise<[number, string]> {
    const response = await this.ask(path, init);
    return [response.status, (await response.json()).detail];
  }

  /** Somebody who looks at the page. */
  async viewer(): Promise<Viewer> {
    return new Viewer(await this.ask("/events"));
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#app.close();
    await this.#server.close();
  }
}

/** Reads events. */
export class Viewer {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(response: Response) {
    this.#reader = response.body!.getReader();
  }

  /** The next event: its name and its data. */
  // deno-lint-ignore no-explicit-any
  async next(): Promise<[string, any]> {
    for (;;) {
      const { value } = await this.#reader.read();
      const text = new TextDecoder().decode(value);
      const [, name, data] = /^event: (\w+)\ndata: (.*)\n\n$/.exec(text) ?? [];
      if (name !== undefined) return [name, JSON.parse(data)];
    }
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }
}
