/** Numbers of jobs by the time when they are due, 16 bytes each: a binary heap without objects. */
export class DueHeap {
  #times = new Float64Array(64);
  #numbers = new Float64Array(64);
  /** How many numbers it holds. */
  size = 0;

  /** When the next job is due, in milliseconds; Infinity if there is none. */
  get due(): number {
    return this.size === 0 ? Infinity : this.#times[0];
  }

  /** The number of the job that is due next. */
  get number(): number {
    return this.#numbers[0];
  }

  /** Adds a number. */
  push(due: number, number: number): void {
    if (this.size === this.#times.length) this.#resize(this.size * 2);
    let index = this.size++;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(due, number, parent)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#times[index] = due;
    this.#numbers[index] = number;
  }

  /** Takes out the number of the job that is due next. */
  pop(): void {
    const last = --this.size;
    const [due, number] = [this.#times[last], this.#numbers[last]];
    let index = 0;
    for (let child = 1; child < last; child = 2 * index + 1) {
      const right = child + 1;
      if (right < last && this.#isBefore(this.#times[right], this.#numbers[right], child)) {
        child = right;
      }
      if (this.#isBefore(due, number, child)) break;
      this.#move(child, index);
      index = child;
    }
    this.#times[index] = due;
    this.#numbers[index] = number;
    if (last > 64 && last < this.#times.length / 4) this.#resize(this.#times.length / 2);
  }

  /** Takes out all numbers that are not to be kept. */
  retain(isKept: (number: number) => boolean): void {
    const [times, numbers, size] = [this.#times, this.#numbers, this.size];
    this.#times = new Float64Array(64);
    this.#numbers = new Float64Array(64);
    this.size = 0;
    for (let index = 0; index < size; index++) {
      if (isKept(numbers[index])) this.push(times[index], numbers[index]);
    }
  }

  /** Jobs that are due at the same time come in the order of their numbers. */
  #isBefore(due: number, number: number, other: number): boolean {
    return due < this.#times[other] || due === this.#times[other] && number < this.#numbers[other];
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from];
    this.#numbers[to] = this.#numbers[from];
  }

  #resize(length: number): void {
    const [times, numbers] = [this.#times, this.#numbers];
    this.#times = new Float64Array(length);
    this.#numbers = new Float64Array(length);
    this.#times.set(times.subarray(0, this.size));
    this.#numbers.set(numbers.subarray(0, this.size));
  }
}
