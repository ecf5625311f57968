/**
 * What a server answers by HTTP, without a socket.
 *
 * @module
 */
import { makeApp } from "../../http/app.ts";
import type {
  ClusterFacts,
  HttpOptions,
  HttpParts,
  HttpToken,
  LoggedWarning,
  StoreFacts,
} from "../../http/parts.ts";
import { ManualClock } from "../../testing/mod.ts";
import { Router } from "../../router/mod.ts";

/** What a test may want otherwise. */
export interface TestAppOptions extends Partial<HttpOptions> {
  readonly store?: StoreFacts;
  readonly cluster?: ClusterFacts;
  readonly warnings?: readonly LoggedWarning[];
  /** Address of the listener; null for a unix socket. */
  readonly hostname?: string | null;
  readonly router?: Router;
}

/** The app of a server that has nothing but a router. */
export class TestApp {
  readonly clock: ManualClock;
  readonly router: Router;
  readonly reports: string[] = [];
  /** The listener of the next requests; each has one of its own unless a test says otherwise. */
  place: { readonly hostname: string | null } | null = null;
  /** Resolves when the responses to the next requests have ended. */
  ended: Promise<void> = new Promise(() => {});
  readonly #app: ReturnType<typeof makeApp>;
  readonly #hostname: string | null;

  constructor(
    { store, cluster, warnings = [], hostname = "127.0.0.1", router, ...options }: TestAppOptions =
      {},
    clock: ManualClock = new ManualClock(),
  ) {
    this.clock = clock;
    this.#hostname = hostname;
    this.router = router ?? new Router(clock, { version: "test", history: true });
    const parts: HttpParts = {
      router: this.router,
      server: {
        version: "1.2.3",
        commit: "abc",
        startedAt: clock.epoch(),
        unsentBytes: 0,
        warnings,
        store: store ?? null,
        cluster: cluster ?? null,
      },
      options: {
        tokens: [],
        readOnly: false,
        payloads: false,
        names: [],
        metricFunctions: 1000,
        ...options,
      },
      clock,
      report: (message) => void this.reports.push(message),
    };
    this.#app = makeApp(parts);
  }

  /** Other tokens hold from now on. */
  setTokens(tokens: readonly HttpToken[]): void {
    this.#app.setTokens(tokens);
  }

  /** Ends what goes on in it. */
  close(): void {
    this.#app.close();
  }

  /** Asks; without a Host header for `localhost`. */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("host")) headers.set("host", "localhost:4780");
    const request = new Request(`http://localhost${path}`, { ...init, headers });
    return await this.#app.app.fetch(request, {
      remote: "127.0.0.1",
      place: this.place ?? { hostname: this.#hostname },
      ended: this.ended,
    });
  }

  /** The status of the answer, whose body nobody wants. */
  async status(path: string, init: RequestInit = {}): Promise<number> {
    const response = await this.ask(path, init);
    await response.body?.cancel();
    return response.status;
  }
}
