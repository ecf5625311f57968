import type { Session } from "../connection/session.ts";
import type { QueueMember } from "../../shared_queue.ts";
import { Life, type Lives } from "./life.ts";

/** What happens to the lives of a server. */
export interface MembershipEvents {
  /** It was declared dead. */
  lost(): void;
  /** A further life has begun, which nobody knows anything about yet. */
  reborn(life: Life): Promise<void>;
}

/** The rows that stand for this server: one life after the other. */
export class Membership implements Lives {
  readonly #session: Session;
  readonly #member: QueueMember;
  readonly #events: MembershipEvents;
  #life: Life | null = null;
  #next: Promise<Life>;
  /** The life whose lock is held, and whose notices are heard, on this connection. */
  #attended: Life | null = null;

  /** @param session on which the server's lock is held, as long as it is connected. */
  constructor(session: Session, member: QueueMember, events: MembershipEvents) {
    this.#session = session;
    this.#member = member;
    this.#events = events;
    this.#next = this.#join();
    // Whoever asks for it hears of its failure.
    this.#next.catch(() => {});
  }

  /** See {@linkcode Lives}. */
  async current(): Promise<Life> {
    return this.#life ?? await this.#next;
  }

  /** The one that there is; null while the next one begins. */
  get now(): Life | null {
    return this.#life;
  }

  /** See {@linkcode Lives}. */
  ended(life: Life): void {
    if (life.isOver) return;
    life.isOver = true;
    if (this.#life !== life) return;
    this.#life = null;
    this.#next = this.#rejoin();
    this.#next.catch(() => {});
    this.#events.lost();
  }

  async #rejoin(): Promise<Life> {
    const life = await this.#join();
    await this.#events.reborn(life);
    return life;
  }

  async #join(): Promise<Life> {
    const { name, address, version } = this.#member;
    const parameters = [name, address, version];
    const [[id]] = await this.#session.repeat(
      "select @s.join_queue($1, $2, $3)",
      () => parameters,
    );
    const life = new Life(id);
    // It hears what is told from the moment when it is there.
    await this.attend(life).catch(() => {});
    this.#life = life;
    return life;
  }

  /** The connection is a new one: the lock went with the old one. */
  connected(): void {
    this.#attended = null;
  }

  /**
   * Takes the lock by which others see at once that the connection has ended, and hears what they tell.
   * The connection before may have the lock still: it is tried again.
   */
  async attend(life: Life | null = this.#life): Promise<void> {
    if (life === null || this.#attended === life) return;
    const [[channel, isHeld]] = await this.#session.query(
      "select @s.channel($1), pg_try_advisory_lock(@s.lock_class('session'), $1)",
      [life.id],
    );
    await this.#session.query(`listen ${channel}`);
    if (isHeld) this.#attended = life;
  }
}
