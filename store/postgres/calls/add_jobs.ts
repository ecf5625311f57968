import type { Added } from "../../shared_queue.ts";
import { pause } from "../clock.ts";
import { IS_UNKNOWN_FUNCTION, sqlState } from "../connection/errors.ts";
import type { Engine } from "../engine.ts";
import { addCall, type JobsToAdd } from "./adding.ts";

/** See `SharedQueue.add`. */
export async function addJobs(
  engine: Engine,
  copy: JobsToAdd,
  timeout: number,
): Promise<readonly Added[]> {
  const late = Promise.withResolvers<Error>();
  const stopTimer = engine.clock.after(timeout, () => {
    const cause = engine.unreachable?.message ?? "it does not answer";
    late.resolve(new Error(`${cause}, for ${timeout} ms`));
  });
  try {
    const added = await addNamed(engine, copy, late.promise);
    tellOfAdded(engine, copy, added);
    return added;
  } finally {
    stopTimer();
  }
}

async function addNamed(
  engine: Engine,
  copy: JobsToAdd,
  late: Promise<Error>,
): Promise<readonly Added[]> {
  for (;;) {
    await nameFunctions(engine, copy, late);
    try {
      return await engine.adds.make(addCall(copy, engine.functions), late);
    } catch (error) {
      if (sqlState(error) !== IS_UNKNOWN_FUNCTION) throw error;
      engine.functions.forget();
    }
  }
}

/** The functions of jobs get numbers. */
async function nameFunctions(
  engine: Engine,
  { jobs }: JobsToAdd,
  late: Promise<Error>,
): Promise<void> {
  const names = jobs.map(({ functionName }) => functionName);
  const makes = async () => {
    while (!engine.functions.areMade(names)) {
      await engine.control.whenReady();
      await engine.functions.make(names).catch(() => pause(engine.clock, 100));
    }
    return null;
  };
  const error = engine.functions.areMade(names) ? null : await Promise.race([makes(), late]);
  if (error !== null) throw error;
}

function tellOfAdded(engine: Engine, { jobs }: JobsToAdd, added: readonly Added[]): void {
  const { clock, functions, membership, promotion, waker } = engine;
  const ready: [func: number, priority: number][] = [];
  for (const [index, { functionName, priority, due }] of jobs.entries()) {
    if (added[index] === "ours") engine.claimed++;
    if (added[index] !== "stored") continue;
    const delay = due - clock.epoch();
    // The clock of the database decides.
    if (due > 0 && delay > -1000) promotion.expect(delay);
    const func = functions.id(functionName);
    if (func !== undefined) ready.push([func, priority]);
  }
  waker.tell(ready, membership.now?.id ?? 0);
}
