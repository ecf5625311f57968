/**
 * The delays of the timers that are set in `action` and fire before it ends, in milliseconds: how long
 * something waits, told without a clock.
 */
export async function timersFiredDuring(action: () => Promise<unknown>): Promise<number[]> {
  const { setTimeout } = globalThis;
  const fired: number[] = [];
  const noting = (run: () => void, delay = 0) =>
    setTimeout(() => {
      fired.push(delay);
      run();
    }, delay);
  globalThis.setTimeout = noting as typeof setTimeout;
  try {
    await action();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  return fired;
}
