import { describe, test } from "node:test";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { assertInvariants } from "../../testing/invariants.ts";
import { FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

describe("a submit with the unique of a live job of its function", () => {
  test("joins it, waiting or running, and both clients get the result", () => {
    const { peer, router } = testRouter();
    const first = peer(), second = peer(), third = peer(), worker = peer().canDo("f");
    const handle = first.submit("SUBMIT_JOB", "f", "u", "payload of the first");
    assertEquals(second.submit("SUBMIT_JOB_HIGH", "f", "u", "other"), handle);
    assertEquals(worker.grab(), [handle, "f", "payload of the first"]);
    assertEquals(third.submit("SUBMIT_JOB", "f", "u", ""), handle);
    assertEquals(worker.grab(), null);
    assertInvariants(router);
    worker.send("WORK_COMPLETE", handle, "r");
    for (const client of [first, second, third]) {
      assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "r"] }]);
    }
  });

  test("starts a new job once that one has ended", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "");
    worker.grab();
    worker.send("WORK_COMPLETE", handle, "");
    assertNotEquals(client.submit("SUBMIT_JOB_BG", "f", "u", ""), handle);
  });

  test("does not join a job of another function", () => {
    const { peer } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "");
    assertNotEquals(client.submit("SUBMIT_JOB_BG", "g", "u", ""), handle);
  });

  test("from the same connection is a second listener: every packet comes twice", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB", "f", "u", "");
    client.submit("SUBMIT_JOB", "f", "u", "");
    worker.grab();
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(client.types(), ["WORK_COMPLETE", "WORK_COMPLETE"]);
  });

  test("is accepted although the queue is full", () => {
    const { peer } = testRouter();
    const client = peer();
    client.text("maxqueue f 1");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "");
    assertEquals(client.submit("SUBMIT_JOB_BG", "f", "u", ""), handle);
  });
});

describe("without a unique", () => {
  test("nothing is joined", () => {
    const { peer } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "same");
    assertNotEquals(client.submit("SUBMIT_JOB_BG", "f", "", "same"), handle);
  });
});

describe("the unique -", () => {
  test("makes the payload the key", () => {
    const { peer } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "-", "same");
    assertEquals(client.submit("SUBMIT_JOB_BG", "f", "-", "same"), handle);
    assertNotEquals(client.submit("SUBMIT_JOB_BG", "f", "-", "other"), handle);
    assertNotEquals(client.submit("SUBMIT_JOB_BG", "f", "same", "other"), handle);
  });

  test("is what the worker gets as unique", () => {
    const { peer } = testRouter();
    peer().submit("SUBMIT_JOB_BG", "f", "-", "x");
    assertEquals(peer().canDo("f").grab("GRAB_JOB_UNIQ")![2], "-");
  });

  test("with an empty payload joins nothing", () => {
    const { peer } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "-", "");
    assertNotEquals(client.submit("SUBMIT_JOB_BG", "f", "-", ""), handle);
  });

  test("is not found by GET_STATUS_UNIQUE, neither by - nor by the payload", () => {
    const { peer } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "-", "x");
    for (const unique of ["-", "x"]) {
      client.send("GET_STATUS_UNIQUE", unique);
      assertEquals(client.packets()[0].args, [unique, "0", "0", "0", "0", "0"]);
    }
  });
});

describe("many uniques", () => {
  test("are found again while the index grows and shrinks", () => {
    const { peer, router } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handles = new Map<string, string>();
    for (let index = 0; index < 3000; index++) {
      handles.set(`u${index}`, client.submit("SUBMIT_JOB_BG", "f", `u${index}`, ""));
      const earlier = `u${(index * 7) % (index + 1)}`;
      assertEquals(client.submit("SUBMIT_JOB_BG", "f", earlier, ""), handles.get(earlier)!);
    }
    assertInvariants(router);
    for (let index = 0; index < 3000; index++) {
      const [handle] = worker.grab()!;
      assertEquals(handle, handles.get(`u${index}`)!);
      worker.send("WORK_COMPLETE", handle, "");
    }
    assertEquals(router.uniques.size, 0);
  });
});

describe("a client that joined a job very often and does not read", () => {
  /** A client whose link keeps only so much, as that of a socket does. */
  class UnreadPeer extends FakePeer {
    flushes = 0;
    mostKept = Infinity;
    override flush(): void {
      this.flushes++;
      if (this.connection.out.size > this.mostKept) this.connection.out.clear();
    }
  }

  for (
    const [type, ...args] of [
      ["WORK_DATA", "x".repeat(1000)],
      ["WORK_COMPLETE", "x".repeat(1000)],
      ["WORK_EXCEPTION", "x".repeat(1000)],
      ["WORK_FAIL"],
    ] as const
  ) {
    test(`costs no more than what is kept for it when its job has ${type}`, () => {
      const { peer, router, clock } = testRouter();
      const client = new UnreadPeer(router), other = peer(), worker = peer().canDo("f");
      for (let time = 0; time < 5000; time++) client.send("SUBMIT_JOB", "f", "u", "");
      client.packets();
      const handle = other.submit("SUBMIT_JOB", "f", "u", "");
      worker.grab();
      client.flushes = 0;
      client.mostKept = 10_000;
      worker.send(type, handle, ...args);
      clock.advance(0);
      assert(client.flushes < 500, `${client.flushes}`);
      assertEquals(other.packets().length, 1, "the other client gets it");
    });
  }
});
