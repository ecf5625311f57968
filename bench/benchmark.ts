import { bench } from "mitata";

/** One round of what is measured. */
type Round = () => unknown;
/** Prepares, yields a round, and cleans up. */
type Benchmark = () => Generator<Round> | AsyncGenerator<Round>;

const all: { readonly name: string; readonly benchmark: Benchmark }[] = [];

/** Adds a benchmark to those that are run. */
export function add(name: string, benchmark: Benchmark): void {
  all.push({ name, benchmark });
  bench(name, benchmark);
}

/** Runs two rounds of each that is selected, unmeasured: does it still work? Returns their names. */
export async function tryOut(filter: RegExp): Promise<string[]> {
  const selected = all.filter(({ name }) => filter.test(name));
  for (const { benchmark } of selected) {
    for await (const round of benchmark()) {
      await round();
      await round();
    }
  }
  return selected.map(({ name }) => name);
}
