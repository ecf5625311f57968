import { ERRORS, HEADER_SIZE, OutputBuffer, writeError } from "../../protocol/mod.ts";
import type { Announcer } from "../durability.ts";
import type { Job } from "../model/job.ts";
import { JobStorage } from "../model/job_state.ts";

/** A JOB_CREATED for a job that is being written. */
interface Announcement {
  readonly job: Job;
  position: number;
}

/**
 * The JOB_CREATED packets in the output of one connection whose jobs are not written yet. Each of them
 * becomes an ERROR if its job is refused, in its place: clients count their answers.
 */
export class Announcements implements Announcer {
  readonly #out: OutputBuffer;
  readonly #length: number;
  /** The announcements of jobs that are being written, in the order of their positions. */
  #waiting: Announcement[] = [];

  /**
   * There are none.
   *
   * @param handleLength of all handles, in bytes.
   */
  constructor(out: OutputBuffer, handleLength: number) {
    this.#out = out;
    this.#length = HEADER_SIZE + handleLength;
  }

  /**
   * The JOB_CREATED of a job that is being written is appended next.
   *
   * @returns is it the only one?
   */
  add(job: Job): boolean {
    return this.#waiting.push({ job, position: this.#out.position }) === 1;
  }

  settle(refused: ReadonlySet<Job>): boolean {
    if (refused.size > 0) this.#amend(refused);
    const waiting = this.#waiting.filter(({ job }) =>
      job.storage === JobStorage.WRITING && !refused.has(job)
    );
    this.#waiting = waiting;
    return waiting.length > 0;
  }

  #amend(refused: ReadonlySet<Job>): void {
    const { start } = this.#out;
    const bytes = errorPacket();
    const edits: { position: number; length: number; bytes: Uint8Array }[] = [];
    for (const announcement of this.#waiting) {
      const { job, position } = announcement;
      announcement.position += edits.length * (bytes.length - this.#length);
      // What a peer did not read may have been dropped.
      const isAmended = refused.has(job) && position >= start;
      if (isAmended) edits.push({ position, length: this.#length, bytes });
    }
    if (edits.length > 0) this.#out.rewrite(edits);
  }
}

function errorPacket(): Uint8Array {
  const out = new OutputBuffer();
  writeError(out, ERRORS.notStored);
  return out.takeAll();
}
