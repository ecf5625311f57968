import type { Refusal, Router, Submission } from "../../router/mod.ts";
import { WaitingClient } from "./waiting_client.ts";

/** So many clients wait for jobs at once, and so much is kept for each that it does not read. */
const MOST_CLIENTS = 10_000;
const MOST_UNREAD = 64 * 1024 * 1024;

const TOO_MANY: Refusal = { code: "QUEUE_ERROR", text: "Too many clients of HTTP wait for jobs" };

/** All clients of HTTP that wait for jobs. */
export class WaitingClients {
  readonly #router: Router;
  readonly #all = new Set<WaitingClient>();

  constructor(router: Router) {
    this.#router = router;
  }

  /** Submits a job for one that waits for it, until it is gone. */
  submit(submission: Submission, gone: AbortSignal): WaitingClient | Refusal {
    if (this.#all.size >= MOST_CLIENTS) return TOO_MANY;
    const most = Math.max(MOST_UNREAD, 2 * this.#router.options.maxPacketSize);
    const client = new WaitingClient(this.#router, most);
    const refusal = client.begin(submission);
    if (refusal !== null) return refusal;
    this.#all.add(client);
    const leave = () => client.leave();
    client.onOver = () => {
      this.#all.delete(client);
      gone.removeEventListener("abort", leave);
    };
    if (gone.aborted) leave();
    else gone.addEventListener("abort", leave);
    return client;
  }

  /** The server stops: those that wait are told. */
  close(): void {
    for (const client of this.#all) client.giveUp("The server stops");
  }
}
