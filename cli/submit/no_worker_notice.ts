import type { Client } from "../../client/client.ts";
import { parseServerAddress } from "../../client/server_address.ts";
import type { Clock } from "../../router/mod.ts";
import { TextConnection } from "../../client/admin/text_connection.ts";
import { functionFact } from "../../client/admin/facts.ts";

/** Time without any result after which the servers are asked, in milliseconds. */
export const PATIENCE = 2000;
/** Longest time that a server may take to answer, in milliseconds. */
const TIMEOUT = 2000;

/** What a {@linkcode NoWorkerNotice} needs. */
export interface NoWorkerNoticeParts {
  readonly client: Client;
  readonly servers: readonly string[];
  readonly functionName: string;
  readonly clock: Pick<Clock, "after">;
  readonly say: (text: string) => void;
}

interface Submitted {
  /** Resolves with its handle, when the server has taken it; null if nobody waits for its result. */
  readonly whenCreated: Promise<string> | null;
}

/**
 * Tells the user at a terminal that a job waits because no worker can do it; otherwise such a job looks
 * like one that takes long. It is said once, and again only after another job has ended.
 */
export class NoWorkerNotice {
  /** The look at the servers that is under way, or was last. */
  look: Promise<void> = Promise.resolve();
  readonly #parts: NoWorkerNoticeParts;
  readonly #waiting = new Set<Submitted>();
  #callOff: (() => void) | null = null;

  constructor(parts: NoWorkerNoticeParts) {
    this.#parts = parts;
  }

  submitted(job: Submitted): void {
    if (job.whenCreated === null) return;
    this.#waiting.add(job);
    if (this.#waiting.size === 1) this.#wait();
  }

  over(job: Submitted): void {
    if (!this.#waiting.delete(job)) return;
    this.#callOff?.();
    this.#callOff = null;
    if (this.#waiting.size > 0) this.#wait();
  }

  stop(): void {
    this.#waiting.clear();
    this.#callOff?.();
  }

  #wait(): void {
    this.#callOff = this.#parts.clock.after(PATIENCE, () => {
      const [job] = this.#waiting;
      // If a server does not answer, nothing is said here: the job itself will say so.
      this.look = this.#lookFor(job).catch(() => {});
    });
  }

  async #lookFor(job: Submitted): Promise<void> {
    const { client, servers, functionName, say } = this.#parts;
    const { known, running } = await client.status((await job.whenCreated)!);
    if (!known || running) return;
    const looks = await Promise.all(servers.map((server) => workersAt(server, functionName)));
    const lacking = servers.filter((_, index) => looks[index] === "none");
    if (looks.includes("some") || lacking.length === 0 || !this.#waiting.has(job)) return;
    say(`no worker can do ${functionName} at ${lacking.join(" or ")}; the job waits for one`);
  }
}

/** Whether a server has workers for the waiting jobs of a function; null if none wait, or it does not answer. */
async function workersAt(address: string, functionName: string): Promise<"none" | "some" | null> {
  try {
    const { target } = parseServerAddress(address);
    using server = await TextConnection.open(target, TIMEOUT);
    const fact = await functionFact(server, functionName);
    if (fact === undefined || fact.waiting === 0) return null;
    return fact.workers === 0 ? "none" : "some";
  } catch {
    return null;
  }
}
