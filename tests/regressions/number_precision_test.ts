import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { readInteger, readStatusNumber } from "../../protocol/mod.ts";
import { binary } from "../support/fake_peer.ts";

test("numbers up to 2^53 are read exactly", () => {
  for (const text of ["9007199254740991", "9007199254740989", "-9007199254740991"]) {
    assertEquals(readInteger(binary(text), 0, text.length), Number(text));
  }
  assertEquals(readStatusNumber(binary("9007199254740991"), 0, 16), 0xffffffff);
});
