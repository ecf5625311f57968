import type { LoadedJob } from "../store/store.ts";
import type { Peer } from "./model/peer.ts";
import type { Job, JobContent } from "./model/job.ts";
import type { JobStorageIndex } from "./model/job_state.ts";

/**
 * What keeps jobs beyond the life of the process, as the router sees it: it is told what happens, and
 * tells {@linkcode Router.intake} and {@linkcode Router.announcers} when that is written, or cannot be.
 * No output leaves before what it promises is written: links see to that.
 */
export interface Durability {
  /** Were the files of the store deleted, replaced or cut? Then nothing can be stored until a restart. */
  readonly isLost: boolean;
  /** Are there jobs whose writing has not ended, or of which it is not known whether they are this server's? */
  readonly isWriting: boolean;
  /** A job must run whatever happens: it is to be stored. */
  mustStore(job: Job): void;
  /**
   * One that is not to be stored takes its place behind those of its function that are being written.
   *
   * @returns does it wait for them?
   */
  waitBehind(job: Job): boolean;
  /** What the peer is told from now on must not leave before what it has done is written. */
  mustFollow(peer: Peer): void;
  /** The same for a peer that is told of a job which is being written. */
  announced(peer: Peer): void;
  /** A worker has said how its job has ended, and that is to be written. */
  hasWorked(worker: Peer): void;
  /**
   * Its priority, or what went wrong with it, has changed.
   *
   * @param due when it is to run again; null if that is as it was.
   */
  changed(job: Job, due: number | null): void;
  /**
   * A job that is to be stored, or is, has another payload now.
   *
   * @param former what it was before. If the new one cannot be written, {@linkcode Router.dedupe} is told.
   */
  replaced(job: Job, former: FormerContent): void;
  /** A stored job has ended. */
  ended(job: Job): void;
  /** A stored job is dead: its payload leaves memory. */
  buried(job: Job): void;
  /** A stored job lives again, as soon as possible. */
  revived(job: Job): void;
  /** A stored job that was dead is gone. */
  deadDropped(job: Job): void;
  /** The limit of a function was set. */
  maxQueueSet(name: Uint8Array, limits: readonly [number, number, number]): void;
  /**
   * A record is something else from now on; with null it is not to be there. It is written together
   * with what else the round brings. Key and value may change afterwards.
   *
   * @param job one that this round has brought, which the store may have no room for: that is not written
   * without the record, nor the record without it.
   */
  record(kind: string, key: Uint8Array, value: Uint8Array | null, job: Job | null): void;
  /** Reads a parked job, with its payload or without, or says why that fails. */
  read(number: number, withPayload: boolean): LoadedJob | PayloadFailure;
  /** Reads some of the stored jobs from this number on, with their payloads; none if that fails. */
  readAhead(number: number): readonly LoadedJob[];
  /** Stored jobs with numbers above `after` in their order, without payloads; none if that fails. */
  page(after: number, count: number): readonly LoadedJob[];
  /** A job is parked now. */
  parked(job: Job): void;
  /** A parked job is back in memory. */
  returned(job: Job): void;
  /** The payload of a job that waits need not stay in memory if there are too many. */
  payloadMayLeave(job: Job): void;
  /**
   * Reads the payload of a stored job that is not in memory, or says why that fails, or that it comes
   * later, to {@linkcode Router.handout}.
   */
  payloadOf(job: Job): Uint8Array | PayloadFailure | "coming";
}

/** What a job was before it got another payload. */
export interface FormerContent extends Readonly<JobContent> {
  /** Where its payload was. */
  readonly storage: JobStorageIndex;
}

/** Who has told peers of jobs that are being written. */
export interface Announcer {
  /**
   * Some of those jobs are written, or refused, or are one with another job, of which there is the
   * number: what was said of these is amended.
   *
   * @returns are others still being written?
   */
  settle(refused: ReadonlySet<Job>, joined: ReadonlyMap<Job, number>): boolean;
}

/**
 * Why a payload is not there: it is `unreadable`, perhaps only for the moment, or `damaged`, which is
 * for ever.
 */
export type PayloadFailure = "unreadable" | "damaged";
