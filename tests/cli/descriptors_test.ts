import { describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { connectionsWithin } from "../../cli/serve/descriptors.ts";
import { OptionError } from "../../options/kinds.ts";

describe("The number of connections", () => {
  test("is 96 below the limit of file descriptors, or below what is asked for", () => {
    assertEquals(connectionsWithin(undefined, 1024), 928);
    assertEquals(connectionsWithin(500, 1024), 404);
    assertEquals(connectionsWithin(1024, 1024), 928);
  });

  test("is bounded by the limit of this very process", () => {
    assert(connectionsWithin(undefined) > 0);
  });

  test("cannot be above the hard limit: the error says how to raise that", () => {
    assertThrows(() => connectionsWithin(1025, 1024), OptionError, "LimitNOFILE");
  });

  test("cannot be none", () => {
    assertThrows(() => connectionsWithin(96, 1024), OptionError, "--file-descriptors");
  });
});
