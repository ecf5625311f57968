import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { HEADER_SIZE, PacketType } from "../../protocol/mod.ts";
import { connect } from "../../router/mod.ts";
import { countsOfAll } from "../support/counts.ts";
import { testRouter } from "../support/router.ts";

describe("counts of a router", () => {
  test("have each packet and byte that came in and went out, also of peers that are gone", () => {
    const { peer, router: { counts } } = testRouter();
    const first = peer();
    first.send("ECHO_REQ", "hello").types();
    const packet = HEADER_SIZE + "hello".length;
    assertEquals([counts.packetsIn, counts.bytesIn], [1, packet]);
    assertEquals([counts.packetsOut, counts.bytesOut], [1, packet]);
    first.vanish();
    peer().text("version");
    assertEquals([counts.packetsIn, counts.bytesIn], [1, packet + "version\n".length]);
    assertEquals([counts.packetsOut, counts.bytesOut], [1, packet + "OK 1.2.3\n".length]);
    assertEquals(counts.connections, 2);
  });

  test("leave out what was appended for a peer and never left", () => {
    const { router } = testRouter();
    const peer = { hostname: "127.0.0.1", port: 40000 };
    const client = connect(router, { peer, flush() {}, end() {}, destroy() {} });
    client.sendEmpty(PacketType.NOOP);
    client.closed();
    assertEquals([router.counts.packetsOut, router.counts.bytesOut], [1, 0]);
  });

  test("have refused requests by their ERROR, of peers and of programs", () => {
    const { peer, router } = testRouter({ maxJobs: 1 });
    const client = peer();
    client.submit("SUBMIT_JOB", "f", "", "");
    client.send("SUBMIT_JOB", "f", "", "").send("OPTION_REQ", "nonsense").types();
    assertEquals(router.enqueueJob({ function: "f" }), null);
    client.send("SUBMIT_JOB", "f", "x".repeat(65), "").types();
    assertEquals(router.counts.refused, { tooManyJobs: 2, unknownOption: 1, uniqueTooLarge: 1 });
    assertEquals([...router.functions.values()][0].counts.refused, 2);
  });

  test("have faults of text lines too, which are answered with text", () => {
    const { peer, router } = testRouter();
    peer().text("GET / HTTP/1.1");
    peer().text("x".repeat(9000));
    assertEquals(router.counts.refused, { http: 1, lineTooLong: 1 });
  });

  test("have the NOOPs that a function sent to its sleeping workers", () => {
    const { peer, router } = testRouter({ wakeup: 1 });
    const worker = peer().canDo("f");
    worker.send("PRE_SLEEP");
    router.enqueueJob({ function: "f" });
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals([...router.functions.values()][0].counts.wakeUps, 1);
  });

  test("keep what a function has counted when it is dropped", () => {
    const { router } = testRouter();
    const job = router.enqueueJob({ function: "f", priority: "high" })!;
    router.operations.cancel(job, null);
    const before = countsOfAll(router);
    assertEquals(before.submittedAs("background", 0), 1);
    assertEquals(before.ended.cancelled, 1);
    router.operations.drop(job.func.name, null);
    assertEquals(countsOfAll(router), before);
  });
});
