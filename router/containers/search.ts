/**
 * How many of the numbers from 0 to `count` something is true for; it must be true for the first of them
 * and false for all others. Found by halving.
 */
export function countFirst(count: number, isTrue: (number: number) => boolean): number {
  let low = 0, high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isTrue(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
