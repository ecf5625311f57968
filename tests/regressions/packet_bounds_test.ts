import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { request } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

// The C server looks for missing NULs beyond the end of the packet, swallows the next one and then
// closes without a word.
describe("a packet with too few arguments", () => {
  const LIARS: [string, Uint8Array][] = [
    ["SUBMIT_JOB_BG", request(18, "f")],
    ["WORK_STATUS", request(12, "h")],
    ["CAN_DO_TIMEOUT", request(23, "f")],
    ["SUBMIT_REDUCE_JOB", request(37, "f", "u", "r", "x")],
  ];
  for (const [name, packet] of LIARS) {
    test(`${name} is answered with one ERROR and never reads into the next packet`, () => {
      const { peer, router } = testRouter();
      const next = request(18, "swallowed", "", "x");
      const bystander = peer();
      const liar = peer().raw(new Uint8Array([...packet, ...next]));
      assertEquals(liar.packets(), [
        { type: "ERROR", args: ["INVALID_PACKET", "Too few arguments in packet"] },
      ]);
      assertEquals(router.functions.size, 0);
      assertEquals(bystander.send("ECHO_REQ", "x").types(), ["ECHO_RES"]);
    });
  }

  test("a result without its NUL is a result without data, as Perl workers send it", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    for (const type of ["WORK_DATA", "WORK_WARNING", "WORK_COMPLETE"] as const) {
      worker.send(type, handle);
      assertEquals(client.packets(), [{ type, args: [handle, ""] }]);
    }
    assertEquals(worker.packets(), []);
  });
});
