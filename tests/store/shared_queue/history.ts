import { test } from "node:test";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ClaimedJob } from "../../../store/shared_queue.ts";
import {
  type Bench,
  bytes,
  givenBack,
  jobChange,
  LONG,
  type Member,
  newJob,
  plainJob,
  type SharedQueueKind,
  wish,
  withQueue,
} from "./kind.ts";
import { SharedQueueModel } from "./model.ts";

const MEMBERS = 3;
const ALL = 1000;

const FUNCTIONS = ["resize", "crop"] as const;
const member = fc.nat(MEMBERS - 1);
/** Which of the live jobs is meant. */
const place = fc.nat(20);
const priority = fc.constantFrom(0, 1, 2);
const functionName = fc.constantFrom(...FUNCTIONS);
const unique = fc.constantFrom("", "", "u", "v", "-");
const payload = fc.constantFrom("", "p", "q");
/** In minutes; 0 as soon as possible. */
const due = fc.constantFrom(0, 0, 0, 1, 2);
const trouble = { priority, losses: fc.nat(3), failures: fc.nat(3) };

/** A step of the life of a queue. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant("add"),
      member,
      jobs: fc.array(
        fc.record({ functionName, unique, payload, priority, due, isOurs: fc.boolean() }),
        { minLength: 1, maxLength: 5 },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant("claim"),
      member,
      wishes: fc.uniqueArray(
        fc.record({ functionName, priority, most: fc.integer({ min: 1, max: 3 }) }),
        {
          selector: (wanted) => `${wanted.functionName}${wanted.priority}`,
        },
      ),
      most: fc.integer({ min: 1, max: 6 }),
    }),
  },
  fc.record({ does: fc.constant("claimByUnique"), member, functionName, unique, payload }),
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant("end"), member, places: fc.uniqueArray(place) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("giveBack"),
      member,
      place,
      due,
      isLast: fc.boolean(),
      ...trouble,
    }),
  },
  fc.record({ does: fc.constant("change"), member, place, ...trouble }),
  fc.record({ does: fc.constant("cancel"), member, place }),
  fc.record({ does: fc.constant("reprioritize"), member, place, priority }),
  fc.record({ does: fc.constant("advance"), member }),
  fc.record({ does: fc.constant("declareDead"), member }),
  fc.record({ does: fc.constant("reopen"), member }),
);

type StepOf<T> = T extends fc.Arbitrary<infer S> ? S : never;
type Step = StepOf<typeof step>;
type StepNamed<Name> = Extract<Step, { does: Name }>;

/** Does the same to a queue and to a model, one step after the other, and compares. */
class Comparison {
  readonly #bench: Bench;
  readonly #members: Member[];
  readonly #model = new SharedQueueModel();
  /** Have jobs gone back to where they stood? Others may see that a little later. */
  #wentBack = false;

  constructor(bench: Bench, members: Member[]) {
    this.#bench = bench;
    this.#members = members;
  }

  async take(step: Step): Promise<void> {
    // deno-lint-ignore no-explicit-any -- the method of a step takes that step
    await (this as any)[step.does](step);
    await this.#compare();
  }

  async #compare(): Promise<void> {
    const views = await this.#members[0].list();
    const seen = views.map((view) => ({
      number: view.number,
      state: view.state,
      server: view.server,
      priority: view.priority,
      losses: view.losses,
      failures: view.failures,
    }));
    const expected = this.#model.jobs.map(({ number, owner, due, priority, losses, failures }) => ({
      number,
      state: owner >= 0 ? "claimed" : due > 0 ? "scheduled" : "waiting",
      server: owner >= 0 ? nameOf(owner) : null,
      priority,
      losses,
      failures,
    }));
    assertEquals(seen, expected);
  }

  async add({ member, jobs }: StepNamed<"add">): Promise<void> {
    const numbers = await this.#bench.numbers(this.#members[member], jobs.length);
    const now = await this.#bench.under.epoch();
    const keys = new Set<string>();
    const differing = jobs.filter(({ functionName, unique, payload }) => {
      if (unique === "") return true;
      const key = `${functionName} ${unique} ${unique === "-" ? payload : ""}`;
      return keys.size < keys.add(key).size;
    });
    const added = differing.map((job, index) =>
      newJob(numbers[index], {
        functionName: bytes(job.functionName),
        unique: bytes(job.unique),
        payload: bytes(job.payload),
        priority: job.priority,
        due: job.due === 0 ? 0 : now + job.due * 60_000,
        isOurs: job.isOurs && job.due === 0,
      })
    );
    const expected = added.map((job, index) =>
      this.#model.add(member, job, this.#time(differing[index].due))
    );
    assertEquals(await this.#members[member].add(...added), expected);
  }

  /** When something is due in so many minutes. */
  #time(minutes: number): number {
    return minutes === 0 ? 0 : this.#model.now + minutes * 60;
  }

  async claim({ member, wishes, most }: StepNamed<"claim">): Promise<void> {
    if (this.#wentBack) return await this.#claimAll(member);
    const wanted = wishes.map(({ functionName, ...rest }) =>
      wish({ functionName: bytes(functionName), ...rest })
    );
    const claimed = await this.#members[member].claimOf(wanted, most);
    const expected = this.#model.claim(member, wanted, most);
    for (const { functionName, priority } of wishes) {
      const ofWish = <T extends { priority: number }>(
        jobs: readonly T[],
        name: (job: T) => string,
      ) => jobs.filter((job) => job.priority === priority && name(job) === functionName);
      assertEquals(
        ofWish(claimed, (job) => new TextDecoder().decode(job.functionName)).map(inShort),
        ofWish(expected, (job) => job.functionName).map(inShort),
      );
    }
    assertEquals(claimed.length, expected.length);
  }

  async #claimAll(member: number): Promise<void> {
    const wishes = FUNCTIONS.flatMap((name) =>
      ([0, 1, 2] as const).map((priority) => wish({ functionName: bytes(name), priority }))
    );
    const expected = this.#model.claim(member, wishes, ALL);
    const claimed: ClaimedJob[] = [];
    await this.#bench.until(async () => {
      claimed.push(...await this.#members[member].claimOf(wishes));
      return claimed.length >= expected.length;
    });
    const byNumber = (a: { number: number }, b: { number: number }) => a.number - b.number;
    assertEquals(claimed.toSorted(byNumber).map(inShort), expected.toSorted(byNumber).map(inShort));
    this.#wentBack = false;
  }

  async claimByUnique(step: StepNamed<"claimByUnique">): Promise<void> {
    const { member, functionName, unique, payload } = step;
    const [name, ...key] = [functionName, unique, payload].map(bytes);
    const job = await this.#members[member].queue.claimByUnique(name, key[0], key[1]);
    const like = this.#model.joinable(functionName, unique, payload);
    const isReady = like !== undefined && like.owner < 0 && like.due === 0;
    assertEquals(job === null ? null : inShort(plainJob(job)), isReady ? inShort(like) : null);
    if (isReady) like.owner = member;
  }

  async end({ member, places }: StepNamed<"end">): Promise<void> {
    const numbers = [...new Set(places.map((place) => this.#numberAt(place)))];
    const others = await this.#members[member].queue.end(numbers);
    assertEquals(new Set(others), new Set(this.#model.end(member, numbers)));
  }

  async giveBack({ member, place, due, isLast, ...trouble }: StepNamed<"giveBack">): Promise<void> {
    const now = await this.#bench.under.epoch();
    const number = this.#numberAt(place);
    const given = givenBack(number, {
      ...trouble,
      isLast,
      due: due === 0 ? 0 : now + due * 60_000,
    });
    await this.#members[member].queue.giveBack([given]);
    this.#model.giveBack(member, given, this.#time(due));
    this.#wentBack = true;
  }

  async change({ member, place, ...trouble }: StepNamed<"change">): Promise<void> {
    const number = this.#numberAt(place);
    await this.#members[member].queue.change([jobChange(number, trouble)]);
    const job = this.#model.ownedBy(member).find((job) => job.number === number);
    if (job !== undefined) Object.assign(job, trouble);
  }

  async cancel({ member, place }: StepNamed<"cancel">): Promise<void> {
    const number = this.#numberAt(place);
    const job = this.#model.jobs.find((job) => job.number === number);
    if (job !== undefined && job.owner >= 0) return;
    assertEquals(
      await this.#members[member].queue.cancel([number]),
      job === undefined ? [] : [number],
    );
    this.#model.remove(number);
  }

  async reprioritize({ member, place, priority }: StepNamed<"reprioritize">): Promise<void> {
    const number = this.#numberAt(place);
    const moved = await this.#members[member].queue.reprioritize(number, priority);
    assertEquals(moved, this.#model.reprioritize(number, priority));
  }

  async advance(): Promise<void> {
    await this.#bench.under.advance(61_000);
    this.#model.advance(61);
  }

  async declareDead({ member }: StepNamed<"declareDead">): Promise<void> {
    const dead = this.#members[member];
    const losses = dead.losses;
    await this.#bench.under.declareDead(dead.queue);
    await this.#bench.until(() => dead.losses === losses + 1);
    this.#model.leave(member, 1);
    this.#wentBack = true;
  }

  async reopen({ member }: StepNamed<"reopen">): Promise<void> {
    await this.#members[member].queue.close(LONG);
    this.#members[member] = await this.#bench.open(nameOf(member));
    this.#model.leave(member, 0);
    this.#wentBack = true;
  }

  /** The number of a live job, or of none. */
  #numberAt(place: number): number {
    const { jobs } = this.#model;
    return place < jobs.length ? jobs[place].number : 10 ** 12 + place;
  }
}

function nameOf(member: number): string {
  return `server ${member}`;
}

/** What of a claimed job the model knows. */
function inShort(job: { number: number; priority: number; losses: number; failures: number }) {
  const { number, priority, losses, failures } = job;
  return { number, priority, losses, failures };
}

/** Defines the test. */
export function historyTest(kind: SharedQueueKind): void {
  test("does what a model does, in any history", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        await withQueue(kind, async (bench) => {
          const members = [];
          for (let index = 0; index < MEMBERS; index++) {
            members.push(await bench.open(nameOf(index)));
          }
          const comparison = new Comparison(bench, members);
          for (const step of steps) await comparison.take(step);
        });
      }),
      { numRuns: kind.runs },
    );
  });
}
