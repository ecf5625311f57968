import { setTimeout as pause } from "node:timers/promises";
import { migrate, PostgresQueue } from "../../../store/postgres/mod.ts";
import type { SharedQueue } from "../../../store/shared_queue.ts";
import type { Postgres } from "../../support/postgres.ts";
import type { QueueUnderTest } from "../shared_queue_contract.ts";
import { Door } from "./door.ts";

/** How long a pause of a test is, in milliseconds: PostgreSQL takes its time. */
const PAUSE = 10;
const TEMPLATE = "migrated";

/** Makes an empty queue in a database of its own, whose members are each behind a door. */
export async function underTest(postgres: Postgres): Promise<QueueUnderTest & { url: string }> {
  if (await postgres.sql(`select 1 from pg_database where datname = '${TEMPLATE}'`) === "") {
    await postgres.sql(`create database ${TEMPLATE}`);
    await migrate(postgres.url(TEMPLATE));
  }
  const url = await postgres.database(TEMPLATE);
  const members = new Map<SharedQueue, { door: Door; name: string }>();
  // Opened before they are needed, as a member is made at once.
  const doors = await Promise.all([1, 2, 3, 4].map(() => Door.open(postgres)));
  const sql = (text: string) => postgres.sql(text, url);
  const untilOne = async (text: string) => {
    while (await sql(text) !== "t") await pause(PAUSE);
  };
  return {
    url,
    member() {
      const door = doors[members.size % doors.length];
      const queue = new PostgresQueue({ url: door.url(url) });
      const open = queue.open.bind(queue);
      queue.open = (member, listener) => {
        members.get(queue)!.name = member.name;
        return open(member, listener);
      };
      members.set(queue, { door, name: "" });
      return queue;
    },
    epoch: async () => Number(await sql("select floor(extract(epoch from now()) * 1000)")),
    async advance(milliseconds) {
      await sql(
        `update geartrain.job set due = due - interval '${milliseconds} ms', ` +
          `expires = expires - interval '${milliseconds} ms'`,
      );
      await untilOne(
        "select not exists (select from geartrain.job where due <= clock_timestamp())",
      );
    },
    pause: () => pause(PAUSE),
    async declareDead(queue) {
      const { name } = members.get(queue)!;
      await sql(
        `select geartrain.declare_dead(id, beat) from geartrain.server where id = ` +
          `(select max(id) from geartrain.server where name = '${name}' and died is null)`,
      );
    },
    cutOff: (queue) => members.get(queue)!.door.shut(),
    heal: (queue) => members.get(queue)!.door.reopen(),
    loseAnswer: (queue) => members.get(queue)!.door.loseAnswer(),
    async remove() {
      for (const queue of members.keys()) await queue.close(100);
      for (const door of doors) await door[Symbol.asyncDispose]();
    },
  };
}
