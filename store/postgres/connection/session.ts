import { pause, type QueueClock } from "../clock.ts";
import {
  type Connection,
  openConnection,
  type Parameter,
  type Rows,
  type Settings,
} from "../driver.ts";
import { causeOf, isBroken, isPassing } from "./errors.ts";
import { inSchema } from "../schema/migrations.ts";
import { checkVersion } from "../schema/version.ts";
import type { PostgresUrl } from "./url.ts";

/** Longest pause between two attempts to connect, in milliseconds; the first comes at once. */
const LONGEST_PAUSE = 1000;
const FIRST_PAUSE = 20;

/** Whom a session connects to. */
export interface Target {
  readonly url: PostgresUrl;
  /** A password that was given; undefined: it comes from the URL or its surroundings. */
  readonly password: string | undefined;
  readonly clock: QueueClock;
}

/** What a session is for. */
export interface SessionOptions {
  /** How long a statement may take, in milliseconds: then the connection is given up. */
  readonly deadline: number;
  /** Settings beside those of all sessions. */
  readonly settings?: Settings;
  /** What is said first on each connection. It is not ready if this fails. */
  readonly hello?: (session: Session) => Promise<void>;
  notice?(channel: string, message: string): void;
  /** It is connected and has said hello (null), it is not any more, or an attempt to connect has failed. */
  changed?(error: Error | null): void;
  /** Hears of what is wrong with a statement that is repeated although its connection holds. */
  failing?(cause: string): void;
}

/** For plans that can only be the right ones, whatever the statistics of a queue say. */
const SETTINGS: Settings = {
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  plan_cache_mode: "force_generic_plan",
  jit: "off",
  client_min_messages: "warning",
  // A server that was cut off is to keep its locks no longer than that.
  tcp_user_timeout: "10000",
};

/** A statement was not sent, because there is no connection. */
export class NotConnected extends Error {
  constructor() {
    super("it cannot be reached");
  }
}

/** A statement was not answered in time. */
export class NoAnswer extends Error {}

/** A connection that is made anew whenever it breaks, until it is closed. */
export class Session {
  readonly #target: Target;
  readonly #options: SessionOptions;
  readonly #closed = Promise.withResolvers<void>();
  #isClosed = false;
  #connection: Connection | null = null;
  #isReady = false;
  #ready = Promise.withResolvers<void>();
  #breaking = new AbortController();
  /** Why it was given up from here. */
  #cause: Error | null = null;
  #hostIndex = 0;

  constructor(target: Target, options: SessionOptions) {
    this.#target = target;
    this.#options = options;
    // Whoever waits for it hears of the end.
    this.#ready.promise.catch(() => {});
    this.#run();
  }

  /** Can statements be sent? */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Resolves when statements can be sent; rejects when it is closed, or can never be connected. */
  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  /**
   * Sends a statement, in which `@s` stands for the schema. Those sent in one go are carried out in
   * their order.
   *
   * @throws errors of PostgreSQL, and others when the connection is not there or breaks.
   */
  async query(text: string, parameters: readonly Parameter[] = []): Promise<Rows> {
    const connection = this.#connection;
    if (connection === null) throw new NotConnected();
    const { clock, url } = this.#target;
    const { deadline } = this.#options;
    const stopTimer = clock.after(deadline, () => {
      this.breakOff(new NoAnswer(`no answer within ${deadline} ms`));
    });
    try {
      return await connection.query(inSchema(text, url.schema), parameters);
    } finally {
      stopTimer();
    }
  }

  /**
   * Sends a statement, which may be carried out several times, until it is answered.
   *
   * @throws {Error} when it is closed.
   */
  async repeat(text: string, parameters: () => readonly Parameter[]): Promise<Rows> {
    for (;;) {
      await this.whenReady();
      try {
        return await this.query(text, parameters());
      } catch (error) {
        if (!isBroken(error) && !isPassing(error)) this.#options.failing?.(causeOf(error));
        await pause(this.#target.clock, LONGEST_PAUSE / 10, this.#closed.promise);
      }
    }
  }

  /** Gives the connection up, as one that is broken. */
  breakOff(cause: Error): void {
    this.#cause ??= cause;
    this.#breaking.abort(cause);
    this.#connection?.destroy();
    // What is sent from now on has to wait: the end of the connection is told later.
    this.#unready();
  }

  /** Ends it. What has not been answered fails. */
  close(): void {
    this.#isClosed = true;
    this.#closed.resolve();
    this.breakOff(new Error("it is closed"));
    this.#lose(new Error("it is closed"));
    this.#ready.reject(new Error("it is closed"));
  }

  async #run(): Promise<void> {
    for (let wait = FIRST_PAUSE; !this.#isClosed; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
      const ended = Promise.withResolvers<void>();
      try {
        await this.#connect(ended.resolve);
        wait = FIRST_PAUSE / 2;
        await ended.promise;
        this.#lose(this.#cause ?? new Error("the connection was closed"));
      } catch (error) {
        this.#lose(error as Error);
      }
      if (this.#isClosed) return;
      await pause(this.#target.clock, wait * (0.5 + Math.random() / 2), this.#closed.promise);
    }
  }

  async #connect(ended: () => void): Promise<void> {
    const { url, password, clock } = this.#target;
    const { deadline, notice = () => {}, settings, hello } = this.#options;
    const host = url.hosts[this.#hostIndex++ % url.hosts.length];
    const breaking = this.#breaking = new AbortController();
    this.#cause = null;
    const stopTimer = clock.after(deadline, () => {
      this.breakOff(new Error(`${host.host} does not answer within ${deadline} ms`));
    });
    try {
      this.#connection = await openConnection(
        { url, host, password },
        { ...SETTINGS, ...settings },
        { notice, closed: ended },
        breaking.signal,
      );
      await this.#checkServer();
      await hello?.(this);
      if (breaking.signal.aborted || this.#isClosed) throw new Error("the connection was closed");
    } catch (error) {
      this.#connection?.destroy();
      throw this.#cause ?? error;
    } finally {
      stopTimer();
    }
    this.#isReady = true;
    this.#ready.resolve();
    this.#options.changed?.(null);
  }

  async #checkServer(): Promise<void> {
    const [[isStandby]] = await this.query("select pg_is_in_recovery()");
    if (isStandby) throw new Error("it is a standby, which only reads");
    await checkVersion(this, this.#target.url.schema);
  }

  #unready(): void {
    if (!this.#isReady) return;
    this.#isReady = false;
    this.#ready = Promise.withResolvers();
    this.#ready.promise.catch(() => {});
  }

  #lose(cause: Error): void {
    this.#connection = null;
    this.#unready();
    if (!this.#isClosed) this.#options.changed?.(cause);
  }
}
