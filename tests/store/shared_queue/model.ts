import type { Added, GivenBack, NewSharedJob, Wish } from "../../../store/shared_queue.ts";

/** A live job of the model. */
export interface ModelJob {
  readonly number: number;
  readonly functionName: string;
  readonly unique: string;
  readonly payload: string;
  priority: 0 | 1 | 2;
  losses: number;
  failures: number;
  /** In seconds of the model; 0 if it is ready. */
  due: number;
  place: number;
  /** Which member has it; -1 if none has. */
  owner: number;
}

/** A shared queue as plainly as it can be said. Names and payloads are texts, times are seconds. */
export class SharedQueueModel {
  #jobs: ModelJob[] = [];
  #place = 0;
  now = 1;

  /** All live jobs by number. */
  get jobs(): readonly ModelJob[] {
    return this.#jobs.toSorted((a, b) => a.number - b.number);
  }

  add(member: number, job: NewSharedJob, due: number): Added {
    const [functionName, unique, payload] = [job.functionName, job.unique, job.payload].map(text);
    const like = this.joinable(functionName, unique, payload);
    if (like !== undefined) return { joined: like.number };
    const { number, priority, isOurs } = job;
    this.#jobs.push({
      number,
      functionName,
      unique,
      payload,
      priority,
      losses: 0,
      failures: 0,
      due,
      place: this.#place++,
      owner: isOurs ? member : -1,
    });
    return isOurs ? "ours" : "stored";
  }

  /** The job that such a one joins. */
  joinable(functionName: string, unique: string, payload: string): ModelJob | undefined {
    if (unique === "" || (unique === "-" && payload === "")) return undefined;
    return this.#jobs.find((job) =>
      job.functionName === functionName && job.unique === unique &&
      (unique !== "-" || job.payload === payload)
    );
  }

  claim(member: number, wishes: readonly Wish[], most: number): ModelJob[] {
    const claimed: ModelJob[] = [];
    for (const wish of wishes) {
      const ready = this.#jobs.filter((job) =>
        job.owner < 0 && job.due === 0 && job.priority === wish.priority &&
        job.functionName === text(wish.functionName)
      ).sort((a, b) => a.place - b.place);
      const before = claimed.filter((job) => job.functionName === text(wish.functionName)).length;
      const wanted = Math.max(0, Math.min(wish.most - before, most - claimed.length));
      claimed.push(...ready.slice(0, wanted));
    }
    for (const job of claimed) job.owner = member;
    return claimed;
  }

  end(member: number, numbers: readonly number[]): number[] {
    const own = new Set(this.ownedBy(member).map(({ number }) => number));
    this.#jobs = this.#jobs.filter(({ number }) => !(own.has(number) && numbers.includes(number)));
    return numbers.filter((number) => !own.has(number));
  }

  ownedBy(member: number): ModelJob[] {
    return this.#jobs.filter(({ owner }) => owner === member);
  }

  giveBack(member: number, given: GivenBack, due: number): void {
    const job = this.ownedBy(member).find(({ number }) => number === given.number);
    if (job === undefined) return;
    const { priority, losses, failures } = given;
    Object.assign(job, { priority, losses, failures, due, owner: -1 });
    if (given.isLast) job.place = this.#place++;
  }

  leave(member: number, losses: number): void {
    for (const job of this.ownedBy(member)) {
      job.owner = -1;
      job.losses += losses;
    }
  }

  remove(number: number): void {
    this.#jobs = this.#jobs.filter((job) => job.number !== number);
  }

  reprioritize(number: number, priority: 0 | 1 | 2): boolean {
    const job = this.#jobs.find((job) => job.number === number);
    if (job === undefined || job.owner >= 0) return false;
    job.priority = priority;
    job.place = this.#place++;
    return true;
  }

  advance(seconds: number): void {
    this.now += seconds;
    const due = this.#jobs.filter((job) => job.due > 0 && job.due <= this.now)
      .sort((a, b) => a.due - b.due || a.number - b.number);
    for (const job of due) {
      job.due = 0;
      job.place = this.#place++;
    }
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
