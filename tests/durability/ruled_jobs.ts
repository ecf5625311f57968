/**
 * Jobs of functions that have rules, on a server that dies again and again: what is known of them, and a
 * peer that does one thing after the other with them. So at most one thing is in doubt when the server dies:
 * what it has afterwards must be what was there before that, or after it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { RandomNumbers } from "../support/random_numbers.ts";
import { RawPeer } from "../support/raw_peer.ts";

const MAX_RETRIES = 1;

/** The rules, as the command line has them. */
export const RULES: readonly string[] = [
  `--policy=mail-*={"retry":{"max":${MAX_RETRIES},"base":"1ms","jitter":0},"dead":true}`,
  `--policy=report-*={"keep-result":"1h"}`,
  `--policy=once-*={"dedupe":{"mode":"drop","window":"1h"}}`,
];

/** What there is, by function and handle; what is in doubt is left out. */
interface State {
  /** Live jobs that fail: how often each has failed. */
  live: Map<string, number>;
  /** Dead ones likewise. */
  dead: Map<string, number>;
  /** Live jobs whose results are kept. */
  reports: Map<string, null>;
  /** Results that are kept, by handle. */
  results: Map<string, string>;
  /** Functions that are paused, and why. */
  pauses: Map<string, string>;
}

/** Changes what is known; a submit looks for its handle in what was found. */
type Change = (state: State, found?: State) => void;

/** So many results are looked at after each kill; the last ones, as older ones were looked at before. */
const RESULTS_ASKED = 20;
/** So many uniques likewise. */
const UNIQUES_ASKED = 5;

/** What is known of the jobs with rules. */
export class RuledJobs {
  /** How much was done. */
  readonly counts = { died: 0, kicked: 0, kept: 0, paused: 0, kills: 0 };
  /** What was wrong. */
  readonly faults: string[] = [];
  readonly #state: State = stateOf();
  /** What was under way when the server died. */
  #doubtful: Change | null = null;
  #number = 0;
  /** Its jobs fail; the second failure kills them. */
  readonly #mail: string;
  /** The results of its jobs are kept. */
  readonly #report: string;
  /** It is only paused. */
  readonly #idle: string;
  /** Its uniques stay taken. */
  readonly #once: string;
  /** The handles of its uniques, whether their jobs live or have ended. */
  readonly #handles = new Map<string, string>();

  /** @param name what its functions end with, which nobody else has. */
  constructor(name: string) {
    this.#mail = `mail-${name}`;
    this.#report = `report-${name}`;
    this.#idle = `idle-${name}`;
    this.#once = `once-${name}`;
  }

  /** A server began again: has it what it must have? */
  async check(port: number): Promise<void> {
    using peer = await RawPeer.connect(port);
    for (const unique of [...this.#handles.keys()].slice(-UNIQUES_ASKED)) {
      await this.#submitOnce(peer, unique);
    }
    const found = await this.#found(peer);
    const doubtful = this.#doubtful;
    this.#doubtful = null;
    this.counts.kills++;
    if (textOf(found) === textOf(this.#state)) return;
    doubtful?.(this.#state, found);
    try {
      assertEquals(textOf(found), textOf(this.#state));
    } catch (error) {
      this.faults.push((error as Error).message);
    }
  }

  /** What the server has; of results, those that are asked for. */
  async #found(peer: RawPeer): Promise<State> {
    const found = stateOf();
    const failures = async (command: string, into: Map<string, number>) => {
      for (const row of await rows(peer, command)) into.set(row.handle, Number(row.failures));
    };
    await failures(`list jobs function=${this.#mail}`, found.live);
    await failures(`list dead function=${this.#mail}`, found.dead);
    for (const { handle } of await rows(peer, `list jobs function=${this.#report}`)) {
      found.reports.set(handle, null);
    }
    for (const row of await rows(peer, "list pauses")) {
      const isOwn = [this.#mail, this.#report, this.#idle].includes(row.function);
      if (isOwn) found.pauses.set(row.function, row.reason);
    }
    const { reports, results } = this.#state;
    const asked = [...results.keys()];
    found.results = new Map([...results].slice(0, -RESULTS_ASKED));
    for (const handle of [...asked.slice(-RESULTS_ASKED), ...reports.keys()]) {
      const result = await keptResult(peer, handle);
      if (result !== null) found.results.set(handle, result);
    }
    return found;
  }

  /** Does one thing after the other until the server is gone. */
  async play(port: number, random: RandomNumbers, onAnswer: () => void): Promise<void> {
    using peer = await RawPeer.connect(port);
    peer.packet("CAN_DO", this.#mail).packet("CAN_DO", this.#report).packet("CAN_DO", this.#once);
    for (;;) {
      await this.#next(peer, random);
      onAnswer();
    }
  }

  async #next(peer: RawPeer, random: RandomNumbers): Promise<void> {
    const { live, dead, pauses } = this.#state;
    const one = (from: Map<string, unknown>) => [...from.keys()][random(from.size)];
    const what = random(14);
    if (what < 2) return await this.#submit(peer, this.#mail);
    if (what < 3) return await this.#submit(peer, this.#report);
    if (what < 8) return await this.#work(peer, random);
    if (what === 8 && live.size > 0) return await this.#bury(peer, one(live));
    if (what === 9 && dead.size > 0) return await this.#kick(peer, one(dead));
    if (what === 10 && dead.size > 10) return await this.#drop(peer, one(dead));
    if (what === 12) return await this.#submitOnce(peer, `once ${++this.#number}`);
    if (what === 13 && this.#handles.size > 0) {
      return await this.#submitOnce(peer, one(this.#handles));
    }
    const func = [this.#mail, this.#report, this.#idle][random(3)];
    if (pauses.has(func)) return await this.#resume(peer, func);
    if (random(2) === 0) await this.#pause(peer, func);
  }

  /** Does it, and knows that it is done when the answer has come. */
  async #do(change: Change, act: () => Promise<unknown>): Promise<void> {
    this.#doubtful = change;
    await act();
    this.#doubtful = null;
    change(this.#state);
  }

  async #submit(peer: RawPeer, func: string): Promise<void> {
    let handle: string | undefined;
    await this.#do(({ live, reports }, found) => {
      if (func === this.#mail) {
        handle ??= [...found!.live.keys()].find((other) => !live.has(other));
        if (handle !== undefined) live.set(handle, 0);
      } else {
        handle ??= [...found!.reports.keys()].find((other) => !reports.has(other));
        if (handle !== undefined) reports.set(handle, null);
      }
    }, async () => {
      [handle] = await peer.packet("SUBMIT_JOB_BG", func, "", `job ${++this.#number}`)
        .expect("JOB_CREATED");
    });
  }

  /** Who submits a unique again gets the handle of its first job. */
  async #submitOnce(peer: RawPeer, unique: string): Promise<void> {
    peer.packet("SUBMIT_JOB_BG", this.#once, unique, "");
    const [handle] = await peer.expect("JOB_CREATED");
    const first = this.#handles.get(unique) ?? handle;
    if (handle !== first) this.faults.push(`${unique} is ${handle}, and was ${first}`);
    this.#handles.set(unique, first);
  }

  /** Runs a job, if there is one that may run. The answer to ECHO comes behind what is stored. */
  async #work(peer: RawPeer, random: RandomNumbers): Promise<void> {
    const packet = await peer.packet("GRAB_JOB").nextPacket();
    if (packet.type === "NO_JOB") return;
    const [handle, func, payload] = packet.args(3);
    if (this.#state.pauses.has(func)) this.faults.push(`${handle} has begun in a pause of ${func}`);
    if (func === this.#once) {
      await peer.packet("WORK_COMPLETE", handle, "").packet("ECHO_REQ", "").expect("ECHO_RES");
      return;
    }
    if (func === this.#report) return await this.#complete(peer, handle, payload);
    if (!this.#state.live.has(handle)) this.faults.push(`${handle} runs, but does not live`);
    if (random(6) === 0) return await this.#end(peer, handle);
    await this.#do(({ live, dead }) => {
      const failures = live.get(handle)! + 1;
      const isDead = failures > MAX_RETRIES;
      live.delete(handle);
      (isDead ? dead : live).set(handle, failures);
      if (isDead) this.counts.died++;
    }, () => peer.packet("WORK_FAIL", handle).packet("ECHO_REQ", "").expect("ECHO_RES"));
  }

  async #complete(peer: RawPeer, handle: string, payload: string): Promise<void> {
    if (!this.#state.reports.has(handle)) this.faults.push(`${handle} runs, but does not live`);
    const result = `result of ${payload}`;
    await this.#do(
      ({ reports, results }) => {
        reports.delete(handle);
        results.set(handle, result);
        this.counts.kept++;
      },
      () => peer.packet("WORK_COMPLETE", handle, result).packet("ECHO_REQ", "").expect("ECHO_RES"),
    );
  }

  async #end(peer: RawPeer, handle: string): Promise<void> {
    await this.#do(
      ({ live }) => void live.delete(handle),
      () => peer.packet("WORK_COMPLETE", handle, "").packet("ECHO_REQ", "").expect("ECHO_RES"),
    );
  }

  async #bury(peer: RawPeer, handle: string): Promise<void> {
    await this.#do(({ live, dead }) => {
      dead.set(handle, live.get(handle)!);
      live.delete(handle);
    }, () => ordered(peer, `bury ${handle}`));
  }

  async #kick(peer: RawPeer, handle: string): Promise<void> {
    await this.#do(({ live, dead }) => {
      live.set(handle, 0);
      dead.delete(handle);
      this.counts.kicked++;
    }, () => ordered(peer, `kick job ${handle}`));
  }

  async #drop(peer: RawPeer, handle: string): Promise<void> {
    await this.#do(
      ({ dead }) => void dead.delete(handle),
      () => ordered(peer, `drop dead job ${handle}`),
    );
  }

  async #pause(peer: RawPeer, func: string): Promise<void> {
    const reason = `because-${++this.#number}`;
    await this.#do(({ pauses }) => {
      pauses.set(func, reason);
      this.counts.paused++;
    }, () => ordered(peer, `pause ${func} 1h ${reason}`));
  }

  async #resume(peer: RawPeer, func: string): Promise<void> {
    await this.#do(({ pauses }) => void pauses.delete(func), () => ordered(peer, `resume ${func}`));
  }
}

function stateOf(): State {
  return {
    live: new Map(),
    dead: new Map(),
    reports: new Map(),
    results: new Map(),
    pauses: new Map(),
  };
}

function textOf(state: State): string {
  return Object.entries(state).map(([name, entries]) =>
    [`${name}:`, ...[...entries].map((entry) => entry.join(" ")).sort()].join("\n")
  ).join("\n");
}

async function ordered(peer: RawPeer, line: string): Promise<void> {
  const answer = await peer.send(`${line}\n`).nextLine();
  if (!answer.startsWith("OK")) throw new Error(`${line}: ${answer}`);
}

/** The rows of a listing that begins with the names of its columns. */
async function rows(peer: RawPeer, command: string): Promise<Record<string, string>[]> {
  const [names, ...lines] = (await peer.send(`${command}\n`).textReply()).map((line) =>
    line.split("\t")
  );
  return lines.map((cells) => Object.fromEntries(cells.map((cell, index) => [names[index], cell])));
}

async function keptResult(peer: RawPeer, handle: string): Promise<string | null> {
  const first = await peer.send(`result ${handle}\n`).nextLine();
  if (first.startsWith("ERR")) return null;
  const [row] = await peer.textReply();
  return atob(row.split("\t").at(-1)!);
}
