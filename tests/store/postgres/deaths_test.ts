import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { setTimeout as pause } from "node:timers/promises";
import { Watch } from "../../../store/postgres/members/watch.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { describeWithPostgres } from "../../support/postgres.ts";
import { claimedJob, demand, newJob } from "../shared_queue/kind.ts";
import { openClocked } from "./clocked_server.ts";

describe("watching the beats of others", () => {
  const seen = (beat: number) => [{ id: 1, name: "other", beat: `${beat}` }];

  test("suspects after three equal looks, and is sure after eight", () => {
    const clock = new ManualClock();
    const watch = new Watch(clock);
    const looks = Array.from({ length: 10 }, () => {
      clock.advance(1000);
      const { dead, suspects } = watch.look(seen(5));
      return dead.length > 0 ? "dead" : suspects.length > 0 ? "suspect" : "";
    });
    assertEquals(looks, ["", "", "", ...Array(5).fill("suspect"), "dead", "dead"]);
    assertEquals(watch.look(seen(6)), { dead: [], suspects: [] });
  });

  test("begins anew after a time in which it could not look, and after a reconnect", () => {
    const clock = new ManualClock();
    const watch = new Watch(clock);
    const look = () => watch.look(seen(5)).suspects.length;
    for (let times = 0; times < 3; times++) look();
    clock.advance(3001);
    assertEquals([look(), look(), look(), look()], [0, 0, 0, 1]);
    watch.reset();
    assertEquals(look(), 0);
  });
});

describeWithPostgres("A server in PostgreSQL that does not beat", (postgres) => {
  test("is declared dead by another one, and finds that nothing belongs to it any more", async () => {
    const url = await postgres().database();
    const [frozen, other] = [await openClocked(url, "frozen"), await openClocked(url, "other")];
    const { first } = await frozen.queue.takeNumbers();
    await frozen.queue.demand([demand("resize", { hungry: 2 })]);
    await other.queue.demand([demand("resize", { hungry: 2 })]);
    const jobs = [newJob(first, { isOurs: true }), newJob(first + 1, { isOurs: true })];
    assertEquals(await frozen.queue.add(jobs, 5000), ["ours", "ours"]);
    // The clock of the frozen one stands still.
    await other.until(() => other.member.isToldOf("resize"));
    assertEquals(await other.member.claim(), [
      claimedJob(first, { losses: 1 }),
      claimedJob(first + 1, { losses: 1 }),
    ]);
    assertEquals(other.reports, [
      "WARNING the server frozen was declared dead: 2 jobs that it had wait again",
    ]);
    assertEquals((await other.queue.servers()).map(({ name }) => name), ["other"]);
    // It wakes up: its results come too late, and it goes on as a new member.
    const ending = frozen.queue.end([first, first + 1]);
    assertEquals(await frozen.settle(ending), [first, first + 1]);
    assertEquals(frozen.member.losses, 1);
    assertEquals(await other.queue.end([first, first + 1]), []);
    const adding = frozen.queue.add([newJob(first + 2, { isOurs: true })], 60_000);
    assertEquals(await frozen.settle(adding), ["ours"]);
    for (const { queue, settle } of [frozen, other]) await settle(queue.close(5000));
    const owners = "select count(*), count(owner) from geartrain.job";
    assertEquals(await postgres().sql(owners, url), "1|0");
    assertEquals([frozen.clock.timers, other.clock.timers], [0, 0]);
  });

  test("is alive as long as it could not be seen: a restart of PostgreSQL kills nobody", async () => {
    const url = await postgres().database();
    const servers = [await openClocked(url, "a"), await openClocked(url, "b")];
    const [a, b] = servers;
    const { first } = await a.queue.takeNumbers();
    await a.queue.add([newJob(first, { isOurs: true })], 5000);
    for (const end of [() => postgres().kill(), () => postgres().stop()]) {
      await b.until(async () => (await b.queue.servers()).length === 2);
      await end();
      for (let second = 0; second < 10; second++) {
        for (const { clock } of servers) clock.advance(1000);
        await pause(10);
      }
      await postgres().restart();
      for (const { until, member } of servers) {
        await until(() => member.reachability.at(-1) === null);
      }
    }
    for (const { until, queue } of servers) {
      await until(async () => (await queue.servers()).every(({ silence }) => silence < 5000));
    }
    assertEquals([a.member.losses, b.member.losses], [0, 0]);
    assertEquals(await a.settle(a.queue.end([first])), []);
    for (const { queue, settle } of servers) await settle(queue.close(5000));
  });
});
