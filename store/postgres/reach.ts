/** Can all be reached that has to be? Tells when that changes. */
export class Reach {
  readonly #changed: (error: Error | null) => void;
  readonly #broken = new Map<string, Error>();

  constructor(changed: (error: Error | null) => void) {
    this.#changed = changed;
  }

  /** Why it cannot be reached; null if it can. */
  get error(): Error | null {
    return this.#broken.values().next().value ?? null;
  }

  /** A connection is there, or not. */
  set(name: string, error: Error | null): void {
    const wasBroken = this.#broken.size > 0;
    if (error === null) this.#broken.delete(name);
    else this.#broken.set(name, error);
    const isBroken = this.#broken.size > 0;
    if (isBroken !== wasBroken) this.#changed(this.error);
  }
}
