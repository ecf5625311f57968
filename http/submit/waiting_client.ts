import { decodeName, PacketType } from "../../protocol/mod.ts";
import { inNextRound } from "../../transport/event_loop.ts";
import {
  Job,
  Recipient,
  type Refusal,
  type RelayedBody,
  type Router,
  type Submission,
} from "../../router/mod.ts";

/** What a client is told of the job that it waits for. */
export type JobNews =
  | { readonly type: "created"; readonly handle: string }
  | { readonly type: "data" | "warning"; readonly data: Uint8Array }
  | { readonly type: "status"; readonly numerator: number; readonly denominator: number }
  | { readonly type: "complete" | "exception"; readonly data: Uint8Array }
  | { readonly type: "fail" }
  /** It waits no more, though the job may go on: it read too little, or the server stops. */
  | { readonly type: "lost"; readonly reason: string };

const NUL = 0;
const TOO_SLOW = "More came for you than is kept for who does not read it";

/** A client of HTTP that waits for a job. What it is told is kept until it reads it, within a limit. */
export class WaitingClient extends Recipient {
  override wantsExceptions = true;
  /** Called once, when it waits no more. */
  onOver: () => void = () => {};
  readonly #router: Router;
  readonly #maxUnread: number;
  #news: JobNews[] = [];
  #unread = 0;
  #isOver = false;
  #wake: (() => void) | null = null;

  /** @param maxUnread bytes that may wait to be read. */
  constructor(router: Router, maxUnread: number) {
    super();
    this.#router = router;
    this.#maxUnread = maxUnread;
  }

  /** Is it told nothing more? */
  get isDeaf(): boolean {
    return this.#isOver;
  }

  /** Submits the job and begins to wait, or says why it is refused. */
  begin(submission: Submission): Refusal | null {
    const { programs } = this.#router;
    programs.add(this);
    const job = this.#router.take(submission, this);
    if (job instanceof Job) return null;
    programs.delete(this);
    this.#isOver = true;
    return job;
  }

  /** The client is gone: the job ends, unless it runs or others wait for it. */
  leave(): void {
    this.#end(null);
    this.#router.peers.leave(this);
  }

  /** The server gives it up. */
  giveUp(reason: string): void {
    if (this.#isOver) return;
    this.#end({ type: "lost", reason });
    this.#router.peers.leave(this);
  }

  /** What comes, until the job has ended. There is one reader. */
  async *news(): AsyncGenerator<JobNews, void, undefined> {
    for (;;) {
      const news = this.#news;
      this.#news = [];
      for (const each of news) {
        this.#unread -= sizeOf(each);
        yield each;
      }
      if (this.#news.length > 0) continue;
      if (this.#isOver) return;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  // --- what it is told -------------------------------------------------------------------------

  created(job: Job): void {
    this.#add({ type: "created", handle: job.handle });
  }

  relay(type: number, { bytes, start, end }: RelayedBody): void {
    // Behind the handle, which ends with a NUL unless nothing follows.
    const found = bytes.subarray(start, end).indexOf(NUL);
    const data = found < 0 ? new Uint8Array() : bytes.slice(start + found + 1, end);
    if (type === PacketType.WORK_DATA) this.#add({ type: "data", data });
    else if (type === PacketType.WORK_WARNING) this.#add({ type: "warning", data });
    else if (type === PacketType.WORK_STATUS) this.#add(statusIn(data));
    else if (type === PacketType.WORK_COMPLETE) this.#end({ type: "complete", data });
    else this.#end({ type: "exception", data });
  }

  failed(): void {
    this.#end({ type: "fail" });
  }

  /** See {@linkcode Recipient}: how the job ended, it was told before. */
  released(): void {}

  #add(news: JobNews): void {
    if (this.#isOver) return;
    this.#unread += sizeOf(news);
    if (this.#unread > this.#maxUnread) {
      // The router is at work and must not be called now.
      inNextRound(() => this.giveUp(TOO_SLOW));
      return;
    }
    this.#news.push(news);
    this.#wakeUp();
  }

  #end(news: JobNews | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#router.programs.delete(this);
    this.onOver();
    if (news !== null) {
      this.#unread += sizeOf(news);
      this.#news.push(news);
    }
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

function statusIn(data: Uint8Array): JobNews {
  const [numerator, denominator = ""] = decodeName(data).split("\0");
  return { type: "status", numerator: countIn(numerator), denominator: countIn(denominator) };
}

/** As the router counts what a worker says. */
function countIn(text: string): number {
  return /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 32 - 1) : 0;
}

function sizeOf(news: JobNews): number {
  const OVERHEAD = 64;
  return OVERHEAD + ("data" in news ? news.data.length : 0);
}
