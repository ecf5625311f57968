import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { FakePeer } from "../../support/fake_peer.ts";
import { testRouter } from "../../support/router.ts";
import { TestServers } from "./servers.ts";

const HEAD = "server\taddress\tversion\tthis\tclaimed\tworkers\tsilence";

describe("the servers that share a queue", () => {
  test("are listed by each of them, with and without names of columns", async () => {
    const all = await TestServers.begin(2);
    const worker = await all.b.worker("f");
    await all.a.peer().background("f", "", "x");
    await worker.grabbed();
    await all.advance(1000);
    const rows = (text: string) => text.split("\n").map((line) => line.replace(/\d+$/, "N"));
    const asked = all.a.peer();
    const shown = rows(await asked.told("show servers"));
    assertEquals(shown, [
      "a\t-\t1.2.3\t1\t0\t0\tN",
      "b\t-\t1.2.3\t0\t1\t1\tN",
      ".",
      "",
    ]);
    assertEquals(rows(await asked.told("list servers")), [HEAD, ...shown]);
    const atB = rows(await all.b.peer().told("show servers"));
    assertEquals(atB.slice(0, 2).map((line) => line.split("\t")[3]), ["0", "1"]);
    await all.close();
  });

  test("are refused by one that shares its jobs with none", () => {
    const { router } = testRouter();
    const peer = new FakePeer(router);
    const refusal = "ERR NO_CLUSTER The+server+shares+its+jobs+with+no+others\r\n";
    for (const line of ["show servers", "list servers"]) {
      assertEquals(peer.text(line), refusal);
    }
  });
});
