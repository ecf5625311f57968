import { test } from "node:test";
import { assertRejects } from "@std/assert";
import type { Session } from "../../../store/postgres/connection/session.ts";
import { Membership } from "../../../store/postgres/members/membership.ts";
import { nextRound } from "../../../transport/event_loop.ts";

test("a server that stops before it was ever connected fails those who ask for its life, and nothing else", async () => {
  const closed = { repeat: () => Promise.reject(new Error("it is closed")) };
  const membership = new Membership(
    closed as unknown as Session,
    { name: "a", address: "", version: "", workers: 0 },
    { lost() {}, reborn: () => Promise.resolve() },
  );
  // A failure that nobody hears of ends the process.
  await nextRound();
  await assertRejects(() => membership.current(), Error, "it is closed");
});
