/**
 * How many bytes of byte arrays `action` makes room for: calls of `new Uint8Array(length)` and the
 * copies that `slice` makes. Views count nothing.
 */
export function bytesAllocatedBy(action: () => void): number {
  const Original = globalThis.Uint8Array;
  const { slice } = Original.prototype;
  let allocated = 0;
  globalThis.Uint8Array = new Proxy(Original, {
    construct(target, args, newTarget): object {
      if (typeof args[0] === "number") allocated += args[0];
      return Reflect.construct(target, args, newTarget);
    },
  });
  Original.prototype.slice = function (
    this: Uint8Array<ArrayBuffer>,
    ...range
  ): Uint8Array<ArrayBuffer> {
    const copy = slice.apply(this, range);
    allocated += copy.length;
    return copy;
  };
  try {
    action();
  } finally {
    globalThis.Uint8Array = Original;
    Original.prototype.slice = slice;
  }
  return allocated;
}

/** How many views of byte arrays `action` makes by `subarray`. */
export function viewsMadeBy(action: () => void): number {
  const { subarray } = Uint8Array.prototype;
  let views = 0;
  Uint8Array.prototype.subarray = function (
    this: Uint8Array<ArrayBuffer>,
    ...range
  ): Uint8Array<ArrayBuffer> {
    views++;
    return subarray.apply(this, range) as Uint8Array<ArrayBuffer>;
  };
  try {
    action();
  } finally {
    Uint8Array.prototype.subarray = subarray;
  }
  return views;
}
