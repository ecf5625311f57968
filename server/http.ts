import type { HttpApp } from "../http/guarded.ts";
import type { HttpOptions, HttpToken } from "../http/parts.ts";
import type { Log } from "../router/mod.ts";
import { messageOf } from "../router/log/log.ts";
import type { HttpListenParts } from "../transport/http/listen.ts";
import type { Listener, ListenOptions } from "../transport/transport.ts";
import {
  checkHttp,
  checkHttpPlace,
  HTTP_OPTIONS,
  type HttpPlace,
  type HttpSettings,
  listenOptionsOf,
} from "./http_options.ts";

/** What is loaded only for a server that serves HTTP. */
interface Loaded {
  readonly app: HttpApp;
  readonly listen: (options: ListenOptions, parts: HttpListenParts) => Listener;
}

/** What {@linkcode HttpService} needs. */
export interface HttpServiceParts {
  /** Loads the app that answers requests. */
  readonly load: (options: HttpOptions) => Promise<HttpApp>;
  readonly log: Pick<Log, "write">;
  /** Told in one line of what went wrong. */
  readonly report: (message: string) => void;
}

/** Serves HTTP. All that answers is loaded when it is made, and not before. */
export class HttpService {
  readonly #places: readonly HttpPlace[];
  readonly #parts: HttpServiceParts;
  readonly #loading: Promise<Loaded>;
  /** The open listeners with their places. */
  readonly #open = new Map<Listener, HttpPlace>();
  #tokens: readonly HttpToken[];
  #loaded: Loaded | null = null;
  #isClosed = false;
  /** The listeners of the places that it was made with, when all of them listen. */
  #listening: Promise<readonly Listener[]> = Promise.resolve([]);
  /** Does anybody wait for that? */
  #isAwaited = false;

  /** Begins to load what answers; it serves from {@linkcode begin} on. */
  constructor(settings: HttpSettings, parts: HttpServiceParts) {
    const options = httpOptions(settings);
    this.#places = settings.http ?? [];
    this.#parts = parts;
    this.#tokens = options.tokens;
    this.#loading = load(parts.load(options));
    this.#loading.then(
      (loaded) => this.#loaded = loaded,
      (error) => parts.report(messageOf(error)),
    );
  }

  /** Serves at the places that it was made with. If that fails and nobody has asked, the log says so. */
  begin(): void {
    this.#listening = Promise.all(this.#places.map((place) => this.serve(place)));
    this.#listening.catch((error) =>
      this.#isAwaited || this.#parts.log.write("ERROR", messageOf(error))
    );
  }

  /** Resolves when all of them listen; rejects with a {@linkcode ListenError} when that is not possible. */
  get listeners(): Promise<readonly Listener[]> {
    this.#isAwaited = true;
    return this.#listening;
  }

  /**
   * Serves at one more place: at once if all is loaded, else when it is. Resolves when it listens.
   *
   * @throws {ListenError} when it cannot listen there.
   */
  serve(place: HttpPlace): Promise<Listener> {
    checkHttpPlace(place, this.#tokens);
    return this.#loaded === null
      ? this.#loading.then((loaded) => this.#listen(loaded, place))
      : this.#listen(this.#loaded, place);
  }

  async #listen({ app: { app }, listen }: Loaded, place: HttpPlace): Promise<Listener> {
    if (this.#isClosed) throw new Error("The server has been stopped");
    const options = listenOptionsOf(place);
    const isUnix = options.path !== undefined;
    const { report } = this.#parts;
    const where = { hostname: isUnix ? null : options.hostname ?? "::" };
    const listener = listen(options, {
      handler: (request, peer) => app.fetch(request, { ...peer, place: where }),
      report,
    });
    this.#open.set(listener, place);
    await listener.ready.catch((error) => {
      this.#open.delete(listener);
      throw error;
    });
    return listener;
  }

  /** Other tokens hold from now on. */
  async setTokens(tokens: readonly HttpToken[]): Promise<void> {
    checkHttp({ http: [...this.#open.values()], httpTokens: tokens });
    this.#tokens = tokens;
    (await this.#loading).app.setTokens(tokens);
  }

  /** Serves no more; resolves when all its addresses are free again. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const loaded = await this.#loading.catch(() => null);
    loaded?.app.close();
    await Promise.all([...this.#open.keys()].map((listener) => listener.close()));
  }
}

async function load(loading: Promise<HttpApp>): Promise<Loaded> {
  const [app, { listenHttp }] = await Promise.all([
    loading,
    import("../transport/http/listen.ts"),
  ]);
  await askOnce(app);
  return { app, listen: listenHttp };
}

/**
 * The first request takes long, as the routes are put together and nothing is compiled: (measured) it stopped
 * all else for 20 ms. So it is made before anybody can ask.
 */
async function askOnce({ app }: HttpApp): Promise<void> {
  const request = new Request("http://localhost/metrics", { headers: { host: "localhost" } });
  const response = await app.fetch(request, { remote: "unix", place: { hostname: null } });
  await response.text();
}

function httpOptions(settings: HttpSettings): HttpOptions {
  const { httpMetricFunctions = HTTP_OPTIONS.httpMetricFunctions.default! } = settings;
  const { httpTokens = [], httpReadOnly = false, httpPayloads = false, httpNames = [] } = settings;
  return {
    tokens: httpTokens,
    readOnly: httpReadOnly,
    payloads: httpPayloads,
    names: httpNames,
    metricFunctions: httpMetricFunctions,
  };
}
