import { type RawPacket, RawPeer } from "../support/raw_peer.ts";
import type { RandomNumbers } from "../support/random_numbers.ts";
import { contentOf, FUNCTIONS, randomSubmits } from "./submits.ts";

/** Submits that a client has under way, at least. */
const DEPTH = 8;
const LONGEST_FILL = 300;

/** What peers know of the jobs of a server that dies again and again. */
export class Knowledge {
  /** Handles of jobs that the server promised to run and that have not ended for sure. */
  readonly promised = new Set<string>();
  /** Handles whose end was written for sure: the server answered something that came after it. */
  readonly ended = new Set<string>();
  /** Handles whose result was sent; nobody knows whether it arrived. */
  readonly doubtful = new Set<string>();
  /** All jobs that were submitted, by {@linkcode contentOf}. */
  readonly submitted = new Set<string>();
  /** What was wrong. */
  readonly faults: string[] = [];
  /** How many jobs a client has made up. */
  jobs = 0;

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

  /** A background submit was answered: its job runs, unless that has been seen already. */
  promise(handle: string): void {
    if (!this.ended.has(handle)) this.promised.add(handle);
  }

  /** A worker got a job. */
  assigned(handle: string, content: string): void {
    if (this.ended.has(handle)) this.faults.push(`${handle} runs again, though it had ended`);
    if (!this.submitted.has(content)) this.faults.push(`${handle} is no job of ours: ${content}`);
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

/** Submits jobs of all kinds until the server is gone. */
export async function submitAll(
  port: number,
  known: Knowledge,
  random: RandomNumbers,
): Promise<void> {
  using peer = await RawPeer.connect(port);
  /** Is each submit that has no answer yet one in the background? */
  const underWay: boolean[] = [];
  const submit = () => {
    const fill = "x".repeat(random(LONGEST_FILL));
    const now = Math.floor(Date.now() / 1000);
    for (
      const { type, args, isBackground, content } of randomSubmits(
        random,
        `job ${++known.jobs}`,
        fill,
        now,
      )
    ) {
      known.submitted.add(content);
      underWay.push(isBackground);
      peer.packet(type, ...args);
    }
  };
  for (;;) {
    while (underWay.length < DEPTH) submit();
    const packet = await peer.nextPacket();
    // A foreground job has ended.
    if (packet.type === "WORK_COMPLETE" || packet.type === "WORK_FAIL") continue;
    if (packet.type !== "JOB_CREATED") throw new Error(`A submit is answered by ${packet.type}`);
    if (underWay.shift()) known.promise(packet.body);
    known.answered();
  }
}

/**
 * Runs jobs until the server is gone, or has none left. An ECHO behind each result says that the
 * result was dealt with.
 */
export async function workAll(
  port: number,
  known: Knowledge,
  random: RandomNumbers,
  onJob: (handle: string, content: string) => void = () => {},
  isLast: () => boolean = () => false,
): Promise<void> {
  using peer = await RawPeer.connect(port);
  for (const func of FUNCTIONS) peer.packet("CAN_DO", func);
  while (!isLast()) {
    peer.packet("GRAB_JOB_ALL");
    const packet = await peer.nextPacket();
    if (packet.type === "NO_JOB") {
      // Some are due later.
      await peer.packet("PRE_SLEEP").expect("NOOP");
      continue;
    }
    if (packet.type === "NOOP") continue;
    const { handle, content } = assignment(packet);
    known.assigned(handle, content);
    onJob(handle, content);
    known.doubtful.add(handle);
    if (random(5) === 0) peer.packet("WORK_FAIL", handle);
    else peer.packet("WORK_COMPLETE", handle, "");
    peer.packet("ECHO_REQ", handle);
    for (let type = ""; type !== "ECHO_RES";) ({ type } = await peer.nextPacket());
    known.ended.add(handle);
    known.doubtful.delete(handle);
    known.promised.delete(handle);
    known.answered();
  }
}

function assignment(packet: RawPacket): { handle: string; content: string } {
  if (packet.type === "JOB_ASSIGN_ALL") {
    const [handle, func, unique, reducer, payload] = packet.args(5);
    return { handle, content: contentOf(func, unique, reducer, payload) };
  }
  // It has no reducer.
  const [handle, func, unique, payload] = packet.args(4);
  return { handle, content: contentOf(func, unique, "", payload) };
}

/** The handles of all jobs that a server has of {@linkcode FUNCTIONS}. */
export async function liveHandles(port: number): Promise<string[]> {
  using peer = await RawPeer.connect(port);
  // It is answered when the stored jobs are back.
  const handles: string[] = [];
  for (const func of FUNCTIONS) {
    const [, ...lines] = await peer.send(`list jobs function=${func}\n`).textReply();
    handles.push(...lines.map((line) => line.split("\t")[0]));
  }
  return handles;
}
