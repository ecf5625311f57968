/** A value that comes later, or an error. It has a promise only if somebody asks for one. */
export class SettledLater<Value> {
  #outcome: { readonly value: Value } | { readonly error: Error } | null = null;
  #asked: PromiseWithResolvers<Value> | null = null;

  /** A program may not look at it: that it rejects is no defect. */
  get promise(): Promise<Value> {
    if (this.#asked === null) {
      this.#asked = Promise.withResolvers();
      this.#asked.promise.catch(() => {});
      this.#settle();
    }
    return this.#asked.promise;
  }

  /** Here it is. Only the first of these counts. */
  resolve(value: Value): void {
    this.#outcome ??= { value };
    this.#settle();
  }

  /** It will not come. */
  reject(error: Error): void {
    this.#outcome ??= { error };
    this.#settle();
  }

  #settle(): void {
    if (this.#asked === null || this.#outcome === null) return;
    if ("value" in this.#outcome) this.#asked.resolve(this.#outcome.value);
    else this.#asked.reject(this.#outcome.error);
  }
}
