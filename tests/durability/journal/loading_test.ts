import { describe, test } from "node:test";
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { FakePeer } from "../../support/fake_peer.ts";
import { type DurableRouter, durableRouter } from "./durable_router.ts";

const READ_AT_ONCE = [
  "version",
  "getpid",
  "verbose",
  "workers",
  "clients",
  "shutdown",
  "ready",
  "x",
];
const READ_LATER = [
  ...["status", "prioritystatus", "show jobs", "show unique jobs", "jobs", "gladiator"],
  ...["cancel job x", "create function f", "drop function f", "maxqueue f 1", "STATUS"],
];

/** A router that began with a job and has not read all that is stored. */
async function loading(): Promise<DurableRouter & { readonly early: FakePeer; handle: string }> {
  const before = await durableRouter();
  const handle = before.peer().submit("SUBMIT_JOB_BG", "f", "u", "1");
  const now = await before.restart();
  now.router.isLoading = true;
  return { ...now, early: now.peer(), handle };
}

/** What a peer was sent; nothing that waits is looked at. */
function sent({ connection: { out } }: FakePeer): string {
  let text = "";
  for (let segment = out.take(); segment !== undefined; segment = out.take()) {
    text += new TextDecoder().decode(segment.bytes.subarray(segment.start, segment.end));
  }
  return text;
}

describe("while stored jobs are read", () => {
  for (const line of READ_AT_ONCE) {
    test(`${line} is answered at once`, async () => {
      const { early } = await loading();
      early.raw(`${line}\n`);
      assertEquals([sent(early) !== "", early.connection.isHolding], [true, false]);
    });
  }

  for (const line of READ_LATER) {
    test(`${line} waits until all are back`, async () => {
      const { early, router } = await loading();
      early.raw(`${line}\n`);
      early.connection.resume();
      assertEquals([sent(early), early.connection.isHolding], ["", true]);
      router.loaded();
      early.connection.resume();
      assertEquals([sent(early) !== "", early.connection.isHolding], [true, false]);
    });
  }

  test("ready says so, and that it is when they are", async () => {
    const { early, router } = await loading();
    early.raw("ready\n");
    assertEquals(sent(early), "ERR NOT_READY Stored+jobs+are+being+read\r\n");
    router.loaded();
    early.raw("READY\n");
    assertEquals(sent(early), "OK ready\n");
  });

  test("lines and packets that come together, or one after the other, are answered in order", async () => {
    const { early, router, handle } = await loading();
    early.raw("version\nstatus\nversion\n").send("ECHO_REQ", "x");
    early.raw("cancel j").raw(`ob ${handle}\nsta`).raw("tus\n");
    assertEquals(sent(early), "OK unknown\n");
    router.loaded();
    early.connection.resume();
    const answers = sent(early);
    assertStringIncludes(answers, "f\t1\t0\t0\n.\nOK unknown\n\0RES");
    assertStringIncludes(answers, "xOK\r\nf\t0\t0\t0\n.\n");
  });

  test("a peer that asks and says no more gets its answer", async () => {
    const { early, router } = await loading();
    early.raw("status\n");
    early.connection.peerEnded();
    assertEquals([sent(early), early.isClosed], ["", false]);
    router.loaded();
    assertEquals(early.bytes(), "f\t1\t0\t0\n.\n");
    assertEquals(early.isClosed, true);
  });
});
