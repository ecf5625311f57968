/** A server from its start, or from when it was declared dead, to its end: what owns jobs. */
export class Life {
  /** What stands in the rows of its jobs. It is never used again. */
  readonly id: number;
  /** It was declared dead: nothing belongs to it any more. */
  isOver = false;
  readonly #calls = new Map<number, number>();

  constructor(id: number) {
    this.id = id;
  }

  /** The number of the next call of a lane. */
  nextCall(lane: number): number {
    const number = (this.#calls.get(lane) ?? 0) + 1;
    this.#calls.set(lane, number);
    return number;
  }
}

/** The lives of this server. */
export interface Lives {
  /** The one that there is, or the next one. */
  current(): Promise<Life>;
  /** It turned out that a life has ended. */
  ended(life: Life): void;
}
