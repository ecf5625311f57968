import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { differences, linesOf, missing, testsOf } from "../compare_runs.ts";

const DENO = `<?xml version="1.0"?>
<testsuites name="deno test" tests="4">
  <testsuite name="./tests/a_test.ts" tests="2">
    <testcase name="alone" classname="./tests/a_test.ts" time="0.1"></testcase>
    <testcase name="a group" classname="./tests/a_test.ts" time="0.1">
      <failure message="1 test step failed">1 test step failed.</failure>
    </testcase>
  </testsuite>
  <testsuite name="ext:deno_node/testing.ts" tests="2">
    <testcase name="a group &gt; has one &amp; more" time="0.1">
      <failure message="a &lt; b > c">Error: a &lt;testcase name=&quot;b&quot;&gt;</failure>
    </testcase>
    <testcase name="a group &gt; inner &gt; has two" time="0.1"><skipped/></testcase>
    <testcase name="a group &gt; inner" time="0.1"></testcase>
  </testsuite>
</testsuites>`;

const BUN = `<?xml version="1.0"?>
<testsuites name="bun test" tests="3">
  <testsuite name="tests/a_test.ts" file="tests/a_test.ts" tests="3">
    <testcase name="alone" classname="" time="0.1" />
    <testsuite name="a group" line="24">
      <testcase name="has one &amp; more" time="0.1">
        <failure type="Error" message="a &lt; b > c">Error&#10;</failure>
      </testcase>
      <testsuite name="inner" line="24">
        <testcase name="has two" time="0.1"><skipped /></testcase>
      </testsuite>
    </testsuite>
  </testsuite>
</testsuites>`;

const file = "tests/a_test.ts";
const TESTS = [
  { name: "a group > has one & more", file, outcome: "failed" },
  { name: "a group > inner > has two", file, outcome: "skipped" },
  { name: "alone", file, outcome: "passed" },
] as const;

describe("the summary of the tests", () => {
  test("reads the same from the reports of both runtimes", () => {
    assertEquals(testsOf(DENO), [...TESTS]);
    assertEquals(testsOf(BUN), [...TESTS]);
  });

  test("counts what a run did and names what failed, with its file", () => {
    assertEquals(linesOf({ title: "Deno", tests: TESTS }), [
      "Deno: 1 passed, 1 failed, 1 skipped",
      "  failed: a group > has one & more (tests/a_test.ts)",
    ]);
  });

  test("names a group that failed though none of its tests did", () => {
    const report = DENO.replace(/<failure message="a [^]*?<\/failure>/, "");
    assertEquals(linesOf({ title: "Deno", tests: testsOf(report) }).slice(1), [
      "  failed: a group (tests/a_test.ts)",
    ]);
  });

  test("says that a run without a report ended early", () => {
    const line = "Bun: no report, it ended before its tests did";
    assertEquals(linesOf({ title: "Bun", tests: null }), [line]);
  });

  test("names the tests that only one of the runtimes ran", () => {
    const bun = { title: "Bun", tests: TESTS.slice(1) };
    assertEquals(differences({ title: "Deno", tests: TESTS }, bun), [
      "not run by Bun: a group > has one & more",
    ]);
    assertEquals(differences(bun, { title: "Deno", tests: TESTS }), [
      "not run by Bun: a group > has one & more",
    ]);
    assertEquals(differences(bun, { title: "Deno", tests: null }), []);
  });

  test("takes the tests of each runtime's own sockets for the same", () => {
    const run = (name: string) => ({
      title: name,
      tests: [{ name: `sockets of ${name}`, file, outcome: "passed" }] as const,
    });
    assertEquals(differences(run("deno"), run("bun")), []);
  });

  test("takes a test for the same that one runtime skips, though its name then says why", () => {
    const run = (name: string) => ({
      title: "one",
      tests: [{ name, file, outcome: "passed" }] as const,
    });
    const plain = run("a group > is so");
    assertEquals(differences(run("a group (no rights) > is so (no Bun)"), plain), []);
    assertEquals(differences(plain, run("a group > is so (no Bun)")), []);
  });

  test("finds what one list has and the other has not, as often as it is missing", () => {
    assertEquals(missing(["a", "b", "b"], ["a", "b", "b", "b", "c"]), ["b", "c"]);
    assertEquals(missing(["a", "b"], ["a"]), []);
  });
});
