import type { WorkerJob } from "../../mod.ts";

/** Counts how many of its calls run at a time; each waits until it is let go. */
export class Gate {
  running = 0;
  most = 0;
  readonly #held: (() => void)[] = [];
  readonly #arrivals: (() => void)[] = [];

  readonly pass = async (job: WorkerJob): Promise<string> => {
    this.most = Math.max(this.most, ++this.running);
    const open = new Promise<void>((resolve) => this.#held.push(resolve));
    this.#arrivals.shift()?.();
    await open;
    this.running--;
    return job.text();
  };

  /** Resolves when one more call has come. */
  arrival(): Promise<void> {
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }

  letGo(): void {
    for (const open of this.#held.splice(0)) open();
  }
}
