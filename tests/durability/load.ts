import { RawPeer } from "../support/raw_peer.ts";

const FUNCTIONS = ["resize", "mail", "index"] as const;
const SUBMITS = ["SUBMIT_JOB_BG", "SUBMIT_JOB_HIGH_BG", "SUBMIT_JOB_LOW_BG"] as const;
/** Jobs that a client has under way. */
const DEPTH = 8;

/** What peers know of the jobs of a server that dies again and again. */
export class Knowledge {
  /** Handles of jobs that the server promised to run and that have not ended for sure. */
  readonly promised = new Set<string>();
  /** Handles whose end was written for sure: the server answered something that came after it. */
  readonly ended = new Set<string>();
  /** Handles whose result was sent; nobody knows whether it arrived. */
  readonly doubtful = new Set<string>();
  /** What was wrong. */
  readonly faults: string[] = [];
  /** The last number that each client used. */
  readonly numbers: number[] = [];

  #events = 0;
  #awaited: { count: number; resolve: () => void } | null = null;

  /** Resolves when so many answers have come from now on. */
  answers(count: number): Promise<void> {
    return new Promise((resolve) => this.#awaited = { count: this.#events + count, resolve });
  }

  /** An answer came. */
  answered(): void {
    this.#events++;
    if (this.#awaited !== null && this.#events >= this.#awaited.count) this.#awaited.resolve();
  }

  /** A server began again with these jobs: is that what it must have? */
  check(live: readonly string[]): void {
    const found = new Set(live);
    if (found.size < live.length) this.faults.push("a job is there twice");
    for (const handle of this.promised) {
      if (!found.has(handle) && !this.doubtful.has(handle)) this.faults.push(`${handle} is lost`);
    }
    for (const handle of found) {
      if (this.ended.has(handle)) this.faults.push(`${handle} is back, though it had ended`);
    }
    // One whose answer did not arrive may be there or not; from now on it is known.
    this.promised.clear();
    this.doubtful.clear();
    for (const handle of found) this.promised.add(handle);
  }
}

/** Submits background jobs until the server is gone. Payloads are `client-number`. */
export async function submitAll(port: number, client: number, known: Knowledge): Promise<void> {
  using peer = await RawPeer.connect(port);
  const submit = () => {
    const number = known.numbers[client] = (known.numbers[client] ?? 0) + 1;
    const func = FUNCTIONS[number % FUNCTIONS.length];
    const type = SUBMITS[Math.floor(number / FUNCTIONS.length) % SUBMITS.length];
    peer.packet(type, func, "", `${client}-${number}`);
  };
  for (let jobs = 0; jobs < DEPTH; jobs++) submit();
  for (;;) {
    const [handle] = await peer.expect("JOB_CREATED");
    known.promised.add(handle);
    known.answered();
    submit();
  }
}

/**
 * Runs jobs until the server is gone, or has none left. An ECHO behind each result says that the
 * result was dealt with.
 */
export async function workAll(
  port: number,
  known: Knowledge,
  onJob: (func: string, payload: string) => void = () => {},
  untilEmpty = false,
): Promise<void> {
  using peer = await RawPeer.connect(port);
  for (const func of FUNCTIONS) peer.packet("CAN_DO", func);
  for (;;) {
    peer.packet("GRAB_JOB");
    const packet = await peer.nextPacket();
    if (packet.type === "NO_JOB") {
      if (untilEmpty) return;
      continue;
    }
    if (packet.type === "NOOP") continue;
    const [handle, func, payload] = packet.args(3);
    if (known.ended.has(handle)) known.faults.push(`${handle} runs again, though it had ended`);
    onJob(func, payload);
    known.doubtful.add(handle);
    peer.packet("WORK_COMPLETE", handle, "").packet("ECHO_REQ", handle);
    await peer.expect("ECHO_RES");
    known.ended.add(handle);
    known.doubtful.delete(handle);
    known.promised.delete(handle);
    known.answered();
  }
}

/** The handles of all jobs that a server has. */
export async function liveHandles(port: number): Promise<string[]> {
  using peer = await RawPeer.connect(port);
  // What stands behind a packet is answered when the stored jobs are back.
  await peer.packet("ECHO_REQ", "").expect("ECHO_RES");
  const lines = await peer.send("show jobs\n").textReply();
  return lines.map((line) => line.split("\t")[0]);
}
