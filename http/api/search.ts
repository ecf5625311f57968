import type { Router } from "../../router/mod.ts";
import type { Portions } from "../portions.ts";
import { cursorText } from "./cursor.ts";
import { jobAnswer } from "./job_answer.ts";
import { PageWriter } from "./page.ts";
import { lookAt, searchedBytes, sharedFilter, type WantedJobs, worthOf } from "./job_filter.ts";
import { countJobs, eachJob, jobAnywhere } from "./shared_jobs.ts";
import type { JobAnswer, SearchPage } from "./types.ts";

/** One search looks at so many jobs, and with a text in the payload at so many bytes; the next goes on. */
const MOST_LOOKS = 200_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** Where a search begins and how much it may find. */
export interface SearchRange {
  /** Number of the last job that was looked at. */
  readonly after: number;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/**
 * Looks through the live jobs, oldest first, for those that are meant, in portions. It ends when it has
 * found enough, or looked at enough: `next` goes on behind that.
 */
export async function search(
  router: Router,
  portions: Portions,
  wanted: WantedJobs,
  { after, limit, signal }: SearchRange,
): Promise<Response> {
  const { handle, payload } = wanted;
  const of = countJobs(router);
  const page = new PageWriter<JobAnswer>(limit);
  const answer = (more: Omit<SearchPage<JobAnswer>, "items">) =>
    page.response<SearchPage<JobAnswer>>(more);
  const look = lookAt(router, wanted);
  if (handle !== undefined && !handle.includes("*")) {
    const job = await jobAnywhere(router, handle);
    const isMeant = job !== null && job.number > after && look(job) === "passes";
    if (isMeant) page.add(jobAnswer(router, job));
    return answer({ next: null, scanned: job === null ? 0 : 1, of });
  }
  let [scanned, bytes, last, isCut] = [0, 0, after, false];
  const range = { router, portions, after, filter: sharedFilter(wanted), signal };
  await eachJob(range, (job) => {
    if (page.isFull || scanned === MOST_LOOKS || bytes >= MOST_BYTES) {
      isCut = true;
      return false;
    }
    last = job.number;
    const found = look(job);
    if (found !== "unknown") scanned++;
    if (found === "passes") page.add(jobAnswer(router, job));
    if (payload === undefined) return;
    bytes += searchedBytes(job);
    return worthOf(job);
  });
  return answer({ next: isCut ? cursorText([last]) : null, scanned, of });
}
