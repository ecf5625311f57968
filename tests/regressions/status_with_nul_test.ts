import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// What follows a NUL in the only argument is no part of it, as in the C server: answered with the NUL
// in it, the arguments of the reply would shift.
test("GET_STATUS and GET_STATUS_UNIQUE take their argument up to a NUL", () => {
  const { peer } = testRouter();
  const client = peer();
  const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "");
  for (const rest of ["\0", "\0more"]) {
    client.send("GET_STATUS", handle + rest).send("GET_STATUS_UNIQUE", "u" + rest);
    assertEquals(client.packets().map((packet) => packet.args), [
      [handle, "1", "0", "0", "0"],
      ["u", "1", "0", "0", "0", "0"],
    ]);
  }
});
