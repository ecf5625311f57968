import { describe, test } from "node:test";
import {
  assert,
  assertEquals,
  AssertionError,
  assertMatch,
  assertNotEquals,
  assertObjectMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";

describe("@std/assert, whichever way it resolves here", () => {
  test("equality is deep and tells types apart", () => {
    assertEquals({ a: [1, new Uint8Array([2])] }, { a: [1, new Uint8Array([2])] });
    assertNotEquals<unknown>({ a: 1 }, { a: "1" });
    assertThrows(() => assertEquals([1], [2]), AssertionError);
  });

  test("assertThrows returns the error and checks its class and text", () => {
    const error = assertThrows(() => raise(new RangeError("too big")), RangeError, "big");
    assertEquals(error.message, "too big");
    assertThrows(
      () => assertThrows(() => raise(new Error("x")), TypeError),
      AssertionError,
    );
    assertThrows(
      () => assertThrows(() => raise(new Error("x")), Error, "y"),
      AssertionError,
    );
    assertThrows(() => assertThrows(() => 1), AssertionError);
  });

  test("assertRejects resolves to the reason and checks its class and text", async () => {
    const reject = (error: Error) => () => Promise.reject(error);
    const error = await assertRejects(reject(new RangeError("too big")), RangeError, "big");
    assertEquals(error.message, "too big");
    await assertRejects(
      () => assertRejects(reject(new Error("x")), TypeError),
      AssertionError,
    );
    await assertRejects(() => assertRejects(() => Promise.resolve(1)), AssertionError);
  });

  test("assert narrows, assertMatch and assertObjectMatch compare parts", () => {
    const value: string | undefined = ["text"][0];
    assert(value);
    assertMatch(value.toUpperCase(), /^TEXT$/);
    assertObjectMatch({ a: { b: 1, c: 2 }, d: 3 }, { a: { b: 1 } });
    assertThrows(() => assertObjectMatch({ a: 1 }, { b: 1 }), AssertionError);
  });
});

function raise(error: Error): never {
  throw error;
}
