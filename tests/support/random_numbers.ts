/** A number from 0 to below a limit. */
export type RandomNumbers = (below: number) => number;

/** The same ones for the same seed (xorshift). */
export function randomNumbers(seed: number): RandomNumbers {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
