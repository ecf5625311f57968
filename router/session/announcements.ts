import { ERRORS, HEADER_SIZE, OutputBuffer, PacketType, writeError } from "../../protocol/mod.ts";
import type { Announcer } from "../durability.ts";
import type { JobTable } from "../flow/job_table.ts";
import type { Job } from "../model/job.ts";
import { JobStorage } from "../model/job_state.ts";

/** A JOB_CREATED for a job that is being written. */
interface Announcement {
  readonly job: Job;
  position: number;
}

/**
 * The JOB_CREATED packets in the output of one connection whose jobs are not written yet. Each of them
 * becomes an ERROR if its job is refused, in its place, or gets the handle of the job that its own is
 * one with: clients count their answers.
 */
export class Announcements implements Announcer {
  readonly #out: OutputBuffer;
  readonly #jobs: JobTable;
  readonly #length: number;
  /** The announcements of jobs that are being written, in the order of their positions. */
  #waiting: Announcement[] = [];

  /** Begins without announcements. */
  constructor(out: OutputBuffer, jobs: JobTable) {
    this.#out = out;
    this.#jobs = jobs;
    this.#length = HEADER_SIZE + jobs.handleLength;
  }

  /**
   * The JOB_CREATED of a job that is being written is appended next.
   *
   * @returns is it the only one?
   */
  add(job: Job): boolean {
    return this.#waiting.push({ job, position: this.#out.position }) === 1;
  }

  settle(refused: ReadonlySet<Job>, joined: ReadonlyMap<Job, number>): boolean {
    if (refused.size + joined.size > 0) this.#amend(refused, joined);
    const waiting = this.#waiting.filter(({ job }) =>
      job.storage === JobStorage.WRITING && !refused.has(job) && !joined.has(job)
    );
    this.#waiting = waiting;
    return waiting.length > 0;
  }

  #amend(refused: ReadonlySet<Job>, joined: ReadonlyMap<Job, number>): void {
    const { start } = this.#out;
    const error = errorPacket();
    const edits: { position: number; length: number; bytes: Uint8Array }[] = [];
    let shift = 0;
    for (const announcement of this.#waiting) {
      const { job, position } = announcement;
      announcement.position += shift;
      const number = joined.get(job);
      // What a peer did not read may have been dropped.
      if (number === undefined && !refused.has(job) || position < start) continue;
      const bytes = number === undefined ? error : this.#created(number);
      edits.push({ position, length: this.#length, bytes });
      shift += bytes.length - this.#length;
    }
    if (edits.length > 0) this.#out.rewrite(edits);
  }

  #created(number: number): Uint8Array {
    const out = new OutputBuffer();
    out.packet(PacketType.JOB_CREATED, this.#jobs.handleLength);
    this.#jobs.writeHandle({ number }, out);
    return out.takeAll();
  }
}

function errorPacket(): Uint8Array {
  const out = new OutputBuffer();
  writeError(out, ERRORS.notStored);
  return out.takeAll();
}
