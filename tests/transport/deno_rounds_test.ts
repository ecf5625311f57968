import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { denoRounds, Doorbell } from "../../transport/event_loop.ts";
import { unless } from "../support/unless.ts";
import { within } from "./handlers.ts";

const notDeno = !("Deno" in globalThis) && "these are Deno's";

function round(): Promise<void> {
  return new Promise((resolve) => denoRounds.next(resolve));
}

/** Counts the doorbells that are there from now on. */
function countedBells(): Disposable & { count: number } {
  const { open } = Doorbell;
  const dispose = Doorbell.prototype[Symbol.dispose];
  const counted = {
    count: 0,
    [Symbol.dispose]() {
      Doorbell.open = open;
      Doorbell.prototype[Symbol.dispose] = dispose;
    },
  };
  Doorbell.open = async () => {
    const bell = await open();
    counted.count++;
    return bell;
  };
  Doorbell.prototype[Symbol.dispose] = function () {
    counted.count--;
    dispose.call(this);
  };
  return counted;
}

describe("a round of Deno's event loop", () => {
  test(...unless(notDeno, "comes after a look at the sockets: a doorbell rings then"), async () => {
    using bell = (await Doorbell.open())!;
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    const conn = await listener.accept();
    const seen: string[] = [];
    const reading = conn.read(new Uint8Array(8)).then(() => seen.push("bytes"));
    await client.write(new Uint8Array(1));
    assert(await bell.ring());
    seen.push("round");
    await reading;
    assertEquals(seen, ["bytes", "round"]);
    client.close();
    conn.close();
  });

  test(
    ...unless(notDeno, "comes also where there is no doorbell, or when it is taken away"),
    async () => {
      const bell = (await Doorbell.open())!;
      const rung = bell.ring();
      bell[Symbol.dispose]();
      await rung;
      assertEquals(await bell.ring(), false);
      await round();
    },
  );

  test(
    ...unless(notDeno, "comes for each that asks for one, however many do at the same time"),
    async () => {
      using bells = countedBells();
      denoRounds.listens();
      while (bells.count === 0) await round();
      for (let times = 0; times < 100; times++) {
        const first = [round(), round(), round()];
        // Some ask while the bell is ringing for others.
        await within("a round", Promise.race(first));
        await within("all rounds", Promise.all([...first, round(), round()]));
      }
      denoRounds.hasClosed();
      await Promise.all([round(), round()]);
    },
  );

  test(
    ...unless(notDeno, "has one doorbell while somebody listens, and none after that"),
    async () => {
      using bells = countedBells();
      const untilCount = async (wanted: number) => {
        for (let rounds = 0; bells.count !== wanted; rounds++) {
          assert(rounds < 10_000, `${bells.count} doorbells`);
          await round();
        }
      };
      await round();
      assertEquals(bells.count, 0);
      denoRounds.listens();
      await untilCount(1);
      for (let rounds = 0; rounds < 10; rounds++) await round();
      assertEquals(bells.count, 1);
      denoRounds.hasClosed();
      await untilCount(0);
    },
  );
});
