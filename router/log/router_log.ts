import { displayName, PACKETS, PacketType, type PacketView } from "../../protocol/mod.ts";
import { type Peer, peerAddress, type PeerFacts, peerName } from "../model/peer.ts";
import type { Clock } from "../clock.ts";
import type { Delays } from "../model/timer.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import type { Job } from "../model/job.ts";
import { type JobOutcome, JobState, JobStorage } from "../model/job_state.ts";
import type { PeerAddress } from "../model/link.ts";
import type { Pause } from "../model/pause.ts";
import type { Log, LogFields } from "./log.ts";
import { logEvent, type LogEventName } from "./events.ts";
import {
  client,
  type Fields,
  shown,
  shownArgument,
  shownCommand,
  whyNotRunning,
  worker,
  workerOf,
} from "./fields.ts";
import { lineOf } from "./text.ts";
import { LogThrottle } from "./throttle.ts";

export interface RouterLogParts {
  readonly options: { readonly log: Log };
  readonly clock: Clock;
  readonly timers: Delays;
  readonly jobs: { find(bytes: Uint8Array, start: number, end: number): Job | undefined };
  readonly peers: { submitterOf(job: Job): PeerFacts | null };
}

/**
 * The lines that the router logs, one method for each thing that happens. Where nobody wants the line
 * nothing is made for it; what happens for each job or packet is to be asked for by
 * {@linkcode RouterLog.hasSteps} before.
 */
export class RouterLog {
  /** Is each step of a job, and each packet, logged? Asked once, as it would cost at each of them. */
  readonly hasSteps: boolean;
  readonly #parts: RouterLogParts;
  readonly #log: Log;
  readonly #throttle: LogThrottle;
  #hasStopped = false;

  constructor(parts: RouterLogParts) {
    const { clock, timers, options: { log } } = parts;
    this.#parts = parts;
    this.#log = log;
    this.hasSteps = log.enabled("DEBUG");
    this.#throttle = new LogThrottle(
      clock,
      timers,
      (event, suppressed) => this.#write({ event, suppressed }),
    );
  }

  // --- connections -----------------------------------------------------------------------------

  /** A peer connected. */
  accepted(connection: Peer): void {
    this.#say("connectionOpened", () => client(connection));
  }

  /**
   * Somebody is gone.
   *
   * @param isCutOff did this server end the connection, as too much output was unread?
   */
  disconnected(connection: Peer, cause?: string, isCutOff = false): void {
    const fields = () => ({ ...client(connection), cause });
    if (isCutOff) this.#say("connectionCut", fields);
    this.#say("connectionClosed", fields);
  }

  /** Somebody sent nonsense. A scanner may do so all day. */
  fault(connection: Peer, cause: string): void {
    this.#say("connectionFault", () => ({ ...client(connection), cause }));
  }

  /** A connection was refused, as `max` are open already. */
  connectionRefused(peer: PeerAddress, max: number): void {
    const cause = `${max} connections are open, as many as there may be`;
    this.#say("connectionRefused", () => ({ client: peerAddress(peer), cause }));
  }

  /** Something went wrong that no peer caused. */
  trouble(event: "acceptFailed" | "internalError", cause: string): void {
    this.#say(event, () => ({ cause }));
  }

  // --- what was asked for in vain --------------------------------------------------------------

  /** A submit got an ERROR: that of `view`. */
  submitRefused(connection: Peer, view: PacketView, cause: string): void {
    this.#say("submitRefused", () => ({
      function: shownArgument(view, 0),
      unique: shownArgument(view, 1) || undefined,
      ...client(connection),
      cause,
    }));
  }

  /** A job was not stored, though it should have been. */
  notStored(job: Job, cause: string): void {
    this.#say("submitRefused", () => ({ ...this.#job(job), cause }));
  }

  /** Something about a job that its sender does not run, or not any more. */
  resultRefused(connection: Peer, view: PacketView, handleEnd: number): void {
    this.#say("resultRefused", () => {
      const { type, bytes, start } = view;
      const job = this.#parts.jobs.find(bytes, start, handleEnd);
      const names = job === undefined ? { handle: shown(bytes, start, handleEnd) } : this.#job(job);
      const packet = PACKETS[type]?.name;
      return { ...names, ...worker(connection), packet, cause: whyNotRunning(job) };
    });
  }

  /** Another packet, by its type, or text command got an ERROR. */
  requestRefused(connection: Peer, request: number | string, cause: string): void {
    const what = () =>
      typeof request === "number"
        ? { packet: PACKETS[request]?.name }
        : { command: shownCommand(request) };
    this.#say("requestRefused", () => ({ ...what(), ...client(connection), cause }));
  }

  // --- jobs that do not end as their clients wish ----------------------------------------------

  /**
   * A worker lost a job that is still needed, or took too long.
   *
   * @param why what the line gives as its cause.
   */
  lost(job: Job, what: "timeout" | "lost", why: string, isGivenUp: boolean): void {
    // When the server stops all of them are: jobs that are lost by that have a line of their own.
    if (this.#hasStopped) return;
    const requeued = what === "timeout" ? "jobTimedOut" : "jobRequeued";
    const event = isGivenUp ? "jobGivenUp" : requeued;
    const { losses } = job;
    this.#say(event, () => ({ ...this.#job(job), ...workerOf(job), losses, cause: why }));
  }

  /** A worker said by `view` that a job failed, and perhaps why. */
  failed(job: Job, connection: Peer, view: PacketView): void {
    const isException = view.type === PacketType.WORK_EXCEPTION;
    this.#say("jobFailed", () => ({
      ...this.#job(job),
      // Not that of the job, which waits again if it took too long.
      ...worker(connection),
      packet: PACKETS[view.type]?.name,
      cause: isException && shown(view.bytes, view.dataStart, view.end) || undefined,
    }));
  }

  /** A worker advised something that the server does not know. */
  adviceUnknown(job: Job, connection: Peer, view: PacketView): void {
    this.#say("adviceUnknown", () => ({
      ...this.#job(job),
      ...worker(connection),
      cause: shown(view.bytes, view.dataStart, view.end),
    }));
  }

  /** A job had waited for longer than it may. */
  expired(job: Job): void {
    this.#say("jobExpired", () => this.#job(job));
  }

  /** The result of a worker that took too long counts: nobody has begun the job again. */
  takenLate(job: Job, connection: Peer): void {
    const { losses } = job;
    this.#say("resultTakenLate", () => ({ ...this.#job(job), ...worker(connection), losses }));
  }

  /** A peer cancelled a job, or the program did if `by` is null. */
  cancelled(job: Job, by: Peer | null): void {
    const who = () => ({ ...workerOf(job), ...(by && client(by)) });
    this.#say("jobCancelled", () => ({ ...this.#job(job), ...who() }));
  }

  /**
   * A peer ordered the end of so many jobs, or the program did if `by` is null; `order` is the text
   * command, as a byte string.
   */
  ended(by: Peer | null, jobs: number, order: string): void {
    const command = shownCommand(order);
    this.#say("jobsCancelled", () => ({ jobs, command, ...(by && client(by)) }));
  }

  /** A job is dead: its runs have failed too often, or somebody buried it. */
  buried(job: Job): void {
    const { losses } = job;
    this.#say("jobBuried", () => ({ ...this.#job(job), losses }));
  }

  /** The unique of a job that is over is free before its time, as so many are taken. */
  windowDriven(name: Uint8Array): void {
    this.#say("uniqueFreed", () => ({ function: displayName(name) }));
  }

  /** A dead job had to go. */
  deadDropped(job: Job, cause: string): void {
    this.#say("deadJobDropped", () => ({ ...this.#job(job), cause }));
  }

  /** A result had to go before its time, or was not kept at all. */
  resultDropped(handle: string, func: Uint8Array, cause: string): void {
    this.#say("resultDropped", () => ({ function: displayName(func), handle, cause }));
  }

  /** A peer, or the program, ordered that so many dead jobs of a function live again. */
  kicked(by: Peer | null, jobs: number, func: Uint8Array): void {
    const whose = { jobs, function: displayName(func) };
    this.#say("deadJobsKicked", () => ({ ...whose, ...(by && client(by)) }));
  }

  /** A peer, or the program, ordered that so many dead jobs of a function are gone. */
  deadEnded(by: Peer | null, jobs: number, func: Uint8Array): void {
    const whose = { jobs, function: displayName(func) };
    this.#say("deadJobsEnded", () => ({ ...whose, ...(by && client(by)) }));
  }

  // --- what was set ----------------------------------------------------------------------------

  /** The limit of a function was set. */
  limited(connection: Peer, name: Uint8Array, limits: readonly number[]): void {
    const set = () => ({ function: displayName(name), limits: limits.join(" ") });
    this.#say("functionLimited", () => ({ ...set(), ...client(connection) }));
  }

  /** A peer paused a function, or the program did if `peer` is null. */
  paused({ name, until, reason }: Pause, peer: Peer | null): void {
    this.#say("functionPaused", () => ({
      function: displayName(name),
      epoch: until === null ? undefined : Math.floor(until / 1000),
      cause: reason || undefined,
      ...(peer && client(peer)),
    }));
  }

  /** Workers get the jobs of a function again: `peer` or the program said so, or `cause` is why. */
  resumed(name: Uint8Array, peer: Peer | null, cause?: string): void {
    const fields = { function: displayName(name), cause };
    this.#say("functionResumed", () => ({ ...fields, ...(peer && client(peer)) }));
  }

  /** A worker gets no more jobs, or gets some again: `by` said so, or the program if it is null. */
  quieted(peer: Peer, isQuiet: boolean, by: Peer | null): void {
    const event = isQuiet ? "workerQuieted" : "workerUnquieted";
    this.#say(event, () => ({ ...worker(peer), ...(by && client(by)) }));
  }

  /** A job is to wait for another time: `by` said so, or the program if it is null. */
  moved(job: Job, due: number, by: Peer | null): void {
    const epoch = Math.floor(due / 1000);
    this.#say("jobMoved", () => ({ ...this.#job(job), epoch, ...(by && client(by)) }));
  }

  /** It takes no new jobs from now on, or takes them again: a peer said so, or the program. */
  drained(isDraining: boolean, by: Peer | null): void {
    this.#say(isDraining ? "drainBegun" : "drainEnded", () => ({ ...(by && client(by)) }));
  }

  // --- schedules ---------------------------------------------------------------------------------

  /** A schedule was `set`, `dropped`, `paused` or `resumed`, by a peer or by the program. */
  scheduleSet(schedule: string, order: string, by: Peer | null): void {
    this.#say("scheduleSet", () => ({ schedule, order, ...(by && client(by)) }));
  }

  /** A run has no job; `time` is that of the run, in milliseconds since the Unix epoch. */
  scheduleLeftOut(schedule: string, time: number, cause: string): void {
    this.#say("scheduleLeftOut", () => ({ schedule, epoch: Math.floor(time / 1000), cause }));
  }

  /** Runs were missed, the first of them at `time`, and are left out. */
  scheduleMissed(schedule: string, time: number): void {
    this.#say("scheduleMissed", () => ({ schedule, epoch: Math.floor(time / 1000) }));
  }

  // --- each step of each job -------------------------------------------------------------------

  /** A job was accepted; `due` in milliseconds, 0 if it is ready. */
  submitted(job: Job, due: number): void {
    this.#line("jobSubmitted", { ...this.#job(job), epoch: Math.floor(due / 1000) });
  }

  /** A background job is safe from the end of the process. */
  stored(job: Job): void {
    this.#line("jobStored", this.#job(job));
  }

  /** The time has come that a job waited for. */
  due(job: Job): void {
    this.#line("jobDue", this.#job(job));
  }

  /** A submit joined a job that lives already. */
  joined(job: Job, connection: Peer | null): void {
    this.#line("jobJoined", { ...this.#job(job), ...(connection && client(connection)) });
  }

  /** A job that waits got the payload of a later submit. */
  replaced(job: Job): void {
    this.#line("jobReplaced", this.#job(job));
  }

  /** A submit has come too soon after a job with its unique, which is over. */
  submitDropped(job: Job): void {
    this.#line("submitDropped", this.#job(job));
  }

  /** A worker got a job. */
  started(job: Job): void {
    this.#line("jobStarted", { ...this.#job(job), ...workerOf(job) });
  }

  /** A job ended. */
  finished(job: Job, outcome: JobOutcome): void {
    this.#line("jobFinished", { ...this.#job(job), outcome });
  }

  /** A worker got a NOOP for a function. */
  woken(connection: Peer, func: FunctionQueue): void {
    this.#line("workerWoken", { function: displayName(func.name), ...worker(connection) });
  }

  /** A packet came in. */
  packet(connection: Peer, { type, start, end }: PacketView): void {
    const packet = PACKETS[type]?.name;
    this.#line("packetReceived", { packet, bytes: end - start, ...client(connection) });
  }

  /** A text command came in. */
  command(connection: Peer, line: Uint8Array, start: number, end: number): void {
    const command = shown(line, start, end);
    this.#line("commandReceived", { command, ...client(connection) });
  }

  // --- the end ---------------------------------------------------------------------------------

  /**
   * The server closes its connections now: tells what was left out, and how many jobs are gone, of
   * those in memory.
   */
  stopping(jobs: Iterable<Job>): void {
    if (this.#hasStopped) return;
    this.#hasStopped = true;
    this.#throttle.flush();
    let waiting = 0;
    let running = 0;
    for (const { state, storage, isNeeded } of jobs) {
      if (storage !== JobStorage.MEMORY || !isNeeded) continue;
      if (state === JobState.RUNNING) running++;
      else waiting++;
    }
    if (waiting + running > 0) this.#say("jobsLost", () => ({ waiting, running }));
  }

  // --- within ----------------------------------------------------------------------------------

  /**
   * Writes a line if somebody wants it. It is only counted if there was one of this event less than a
   * second ago, unless each is written, as at DEBUG all are.
   */
  #say(event: LogEventName, fields: () => Fields): void {
    const { level, isEachWritten = false } = logEvent(event);
    if (!this.#log.enabled(level)) return;
    if (isEachWritten || this.hasSteps || this.#throttle.admits(event)) {
      this.#line(event, fields());
    }
  }

  #job(job: Job): Fields {
    const submitter = this.#parts.peers.submitterOf(job);
    return {
      function: displayName(job.func.name),
      handle: job.handle,
      unique: displayName(job.body, job.uniqueStart, job.uniqueEnd) || undefined,
      submitter: submitter === null ? undefined : peerName(submitter),
    };
  }

  #line(event: LogEventName, fields: Fields): void {
    const suppressed = this.#throttle.takeSuppressed(event);
    this.#write(suppressed === 0 ? { event, ...fields } : { event, ...fields, suppressed });
  }

  #write(fields: LogFields): void {
    const { level } = logEvent(fields.event as LogEventName);
    this.#log.write(level, lineOf(fields), fields);
  }
}
