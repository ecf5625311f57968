import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// The C server answers these with nothing at all, and the client waits for ever.
describe("a request with an argument that is too large is answered", () => {
  const long = "x".repeat(64);
  const REQUESTS = [
    ["GET_STATUS", [long]],
    ["GET_STATUS_UNIQUE", [long + "x"]],
    ["SUBMIT_JOB_EPOCH", ["f", "", "9".repeat(20), ""]],
    ["SUBMIT_JOB_EPOCH", ["f", "", "-" + "9".repeat(20), ""]],
  ] as const;
  for (const [type, args] of REQUESTS) {
    test(`${type} ${args.join(" ").slice(0, 30)}`, () => {
      const { peer } = testRouter();
      assertEquals(peer().send(type, ...args).types(), ["ERROR"]);
    });
  }

  test("GET_STATUS_UNIQUE of 64 bytes is not too large", () => {
    const { peer } = testRouter();
    peer().submit("SUBMIT_JOB_BG", "f", long, "");
    assertEquals(peer().send("GET_STATUS_UNIQUE", long).packets()[0].args.slice(0, 2), [long, "1"]);
  });
});
