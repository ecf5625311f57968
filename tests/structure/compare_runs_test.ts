import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { missing, testsOf } from "../compare_runs.ts";

const DENO = `<?xml version="1.0"?>
<testsuites name="deno test" tests="4">
  <testsuite name="./tests/a_test.ts" tests="2">
    <testcase name="alone" classname="./tests/a_test.ts" time="0.1"></testcase>
    <testcase name="a group" classname="./tests/a_test.ts" time="0.1"></testcase>
  </testsuite>
  <testsuite name="steps" tests="2">
    <testcase name="a group &gt; has one &amp; more" time="0.1"></testcase>
    <testcase name="a group &gt; inner &gt; has two" time="0.1"><skipped/></testcase>
    <testcase name="a group &gt; inner" time="0.1"></testcase>
  </testsuite>
</testsuites>`;

const BUN = `<?xml version="1.0"?>
<testsuites name="bun test" tests="3">
  <testsuite name="tests/a_test.ts" file="tests/a_test.ts" tests="3">
    <testcase name="alone" classname="" time="0.1" />
    <testsuite name="a group" line="24">
      <testcase name="has one &amp; more" time="0.1" />
      <testsuite name="inner" line="24">
        <testcase name="has two" time="0.1"><skipped /></testcase>
      </testsuite>
    </testsuite>
  </testsuite>
</testsuites>`;

const NAMES = ["a group > has one &amp; more", "a group > inner > has two", "alone"];

describe("comparing the runs of the tests", () => {
  test("counts the tests of both reports, and no group", () => {
    assertEquals(testsOf(DENO), NAMES);
    assertEquals(testsOf(BUN), NAMES);
  });

  test("finds what only one of them has, as often as it is missing", () => {
    assertEquals(missing(["a", "b", "b"], ["a", "b", "b", "b", "c"]), ["b", "c"]);
    assertEquals(missing(["a", "b"], ["a"]), []);
  });
});
