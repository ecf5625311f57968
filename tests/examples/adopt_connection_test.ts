import { assertEquals, assertMatch } from "@std/assert";
import { describe, test } from "node:test";
import { RawPeer } from "../support/raw_peer.ts";
import { portOf, startExample } from "./example.ts";

/** How many connections the example serves at a time. */
const LIMIT = 100;

describe("examples/adopt_connection.ts", () => {
  test("serves clients and workers from a welcome address", async () => {
    await using example = startExample("adopt_connection.ts", ["0", "192.0.2.1", "127.0.0.1"]);
    const port = await portOf(example);
    using worker = await RawPeer.connect(port);
    using client = await RawPeer.connect(port);
    worker.packet("CAN_DO", "reverse").packet("PRE_SLEEP");
    const [handle] = await client.packet("SUBMIT_JOB", "reverse", "", "abc").expect("JOB_CREATED");
    await worker.expect("NOOP");
    assertEquals((await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3))[2], "abc");
    worker.packet("WORK_COMPLETE", handle, "cba");
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "cba"]);
    assertMatch(await example.nextLine(), /^127\.0\.0\.1:\d+ served$/);
  });

  test("closes a connection from any other address unanswered", async () => {
    await using example = startExample("adopt_connection.ts", ["0", "192.0.2.1"]);
    using peer = await RawPeer.connect(await portOf(example));
    assertEquals(await peer.allUntilClose(), "");
    assertMatch(await example.nextLine(), /^127\.0\.0\.1:\d+ turned away$/);
  });

  test("serves the others when one is too many, which is told so", async () => {
    await using example = startExample("adopt_connection.ts", ["0", "127.0.0.1"]);
    const port = await portOf(example);
    const peers = await Promise.all(Array.from({ length: LIMIT }, () => RawPeer.connect(port)));
    for (const _ of peers) assertMatch(await example.nextLine(), / served$/);
    using tooMany = await RawPeer.connect(port);
    assertMatch(await tooMany.allUntilClose(), /^\0RES.*TOO_MANY_CONNECTIONS/s);
    assertMatch(await example.nextLine(), / not served: The server holds 100 connections already$/);
    for (const peer of peers) {
      peer.send("getpid\n");
      assertMatch(await peer.nextLine(), /^OK/);
      peer.destroy();
    }
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`ends at ${signal}`, async () => {
      await using example = startExample("adopt_connection.ts", ["0", "127.0.0.1"]);
      using peer = await RawPeer.connect(await portOf(example));
      await peer.packet("ECHO_REQ", "hello").expect("ECHO_RES");
      example.kill(signal);
      assertEquals((await example.ended).code, 0);
      assertEquals(await peer.allUntilClose(), "");
    });
  }
});
