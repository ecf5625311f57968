import { messageOf } from "../../router/log/log.ts";
import type { Shared } from "./shared.ts";

/** So many blocks of numbers are held besides the one that is being used: a queue may be away for long. */
const BLOCKS_AHEAD = 2;

/** Numbers of jobs, which servers get in blocks. */
export class Numbers {
  readonly #shared: Shared;
  #isAsking = false;

  constructor(shared: Shared) {
    this.#shared = shared;
    const { jobs, intake, submitTimes } = shared.router;
    jobs.onNextBlock = (next) => {
      intake.room.lackNumbers(next === null);
      if (next !== null) submitTimes.beginBlock(next.first, next.count);
      void this.fill();
    };
  }

  /** Asks for blocks, as far as some are missing. Resolves when the first has come, or none will. */
  async fill(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const { router: { jobs }, queue, options } = this.#shared;
    try {
      jobs.addNumbers(await queue.takeNumbers());
    } catch (error) {
      if (!this.#shared.isStopping) options.report(messageOf(error));
      return;
    } finally {
      this.#isAsking = false;
    }
    if (jobs.blocksAhead < BLOCKS_AHEAD) void this.fill();
  }
}
