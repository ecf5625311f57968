import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** The network between a server and the database: connections to its port go on to another. */
export class Link implements AsyncDisposable {
  readonly #listener: Server;
  readonly #target: number;
  readonly #pairs = new Set<Pair>();
  #isCut = false;
  #delay = 0;

  private constructor(listener: Server, target: number) {
    this.#listener = listener;
    this.#target = target;
  }

  /** One to a port of 127.0.0.1. */
  static async to(target: number): Promise<Link> {
    const listener = createServer();
    const link = new Link(listener, target);
    listener.on("connection", (socket) => link.#join(socket));
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    return link;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  #join(near: Socket): void {
    const far = connect(this.#target, "127.0.0.1");
    const pair = new Pair(near, far, () => this.#pairs.delete(pair));
    this.#pairs.add(pair);
    pair.delay = this.#delay;
    if (this.#isCut) pair.hold();
  }

  /** Nothing comes through any more, and neither side is told. */
  cut(): void {
    this.#isCut = true;
    for (const pair of this.#pairs) pair.hold();
  }

  /** All comes through again, also what was sent meanwhile. */
  heal(): void {
    this.#isCut = false;
    for (const pair of this.#pairs) pair.release();
  }

  /** All connections break. */
  reset(): void {
    for (const pair of this.#pairs) pair.end();
  }

  /** Whatever is sent takes so many milliseconds longer. */
  slow(delay: number): void {
    this.#delay = delay;
    for (const pair of this.#pairs) pair.delay = delay;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    const closed = once(this.#listener, "close");
    this.#listener.close();
    await closed;
  }
}

/** A connection and how it goes on. */
class Pair {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #lanes: readonly Lane[];
  readonly #ended: () => void;

  constructor(near: Socket, far: Socket, ended: () => void) {
    this.#near = near;
    this.#far = far;
    this.#ended = ended;
    this.#lanes = [[near, far], [far, near]].map(([from, to]) => {
      const lane = new Lane();
      from.setNoDelay(true);
      from.on("data", (data) => lane.pass(() => to.write(data)));
      from.on("error", () => {});
      from.on("close", () => lane.pass(() => this.end()));
      return lane;
    });
  }

  set delay(milliseconds: number) {
    for (const lane of this.#lanes) lane.delay = milliseconds;
  }

  hold(): void {
    for (const lane of this.#lanes) lane.hold();
  }

  release(): void {
    for (const lane of this.#lanes) lane.release();
  }

  end(): void {
    for (const lane of this.#lanes) lane.clear();
    this.#near.destroy();
    this.#far.destroy();
    this.#ended();
  }
}

/** One direction of a connection: what comes later never arrives earlier. */
class Lane {
  delay = 0;
  #isHeld = false;
  #waiting: { readonly due: number; readonly what: () => void }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  pass(what: () => void): void {
    if (this.delay === 0 && !this.#isHeld && this.#waiting.length === 0) return what();
    this.#waiting.push({ due: performance.now() + this.delay, what });
    this.#work();
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#work();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #work(): void {
    clearTimeout(this.#timer);
    while (!this.#isHeld && this.#waiting.length > 0) {
      const wait = this.#waiting[0].due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#work(), wait);
        return;
      }
      this.#waiting.shift()!.what();
    }
  }
}
