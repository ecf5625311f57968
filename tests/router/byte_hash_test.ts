import { test } from "node:test";
import { assertEquals, assertNotEquals } from "@std/assert";
import { ByteHash, DIGEST_LENGTH } from "../../router/containers/byte_hash.ts";

const bytes = new TextEncoder().encode("a payload that is a key");

function digest(key: [number, number], start = 0, end = bytes.length): string {
  const into = new Uint8Array(DIGEST_LENGTH);
  new ByteHash(key).digest(bytes, start, end, into);
  return into.toHex();
}

test("a digest depends on each byte, the length, and the key, in all of its four parts", () => {
  const whole = digest([1, 2]);
  assertEquals(digest([1, 2]), whole);
  for (const other of [digest([1, 3]), digest([1, 2], 1), digest([1, 2], 0, bytes.length - 1)]) {
    for (let part = 0; part < 32; part += 8) {
      assertNotEquals(other.slice(part, part + 8), whole.slice(part, part + 8));
    }
  }
  assertEquals(new Set(whole.match(/.{8}/g)).size, 4);
});
