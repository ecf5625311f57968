import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

// In the C server a client id or function name with a line feed forges lines of `workers`, `status`.
test("no name or id can forge lines or columns of text output", () => {
  const { peer } = testRouter();
  const evil = "x\n.\n9 6.6.6.6 root : all\t1 \x00\x7f";
  const escaped = "x%0A.%0A9 6.6.6.6 root : all%091 %00%7F";
  const worker = peer().send("SET_CLIENT_ID", evil).canDo(evil);
  assertEquals(worker.text("workers"), `1 127.0.0.1 ${escaped} : ${escaped}\n.\n`);
  const name = evil.replaceAll("\0", "");
  const shown = escaped.replaceAll("%00", "");
  worker.submit("SUBMIT_JOB_BG", name, "u\nv", "");
  const lines = worker.text("status").split("\n");
  assertEquals(lines.length, 4);
  assertEquals(worker.text("jobs"), `${shown}\tu%0Av\t-\t0\n.\n`);
  assertEquals(worker.text("show unique jobs"), "u%0Av\n.\n");
});

test("a unique that is a dot does not end the listing of uniques", () => {
  const { peer } = testRouter();
  const client = peer();
  for (const unique of [".", "..", ".a"]) client.submit("SUBMIT_JOB_BG", "f", unique, "");
  assertEquals(client.text("show unique jobs"), "%2E\n..\n.a\n.\n");
});

// The C server prints garbage like `::3338:3836:3400:0` for IPv6 peers.
test("IPv6 addresses are printed right", () => {
  const { router } = testRouter();
  const client = new FakePeer(router, { hostname: "2001:db8::86:34", port: 4730 });
  assertEquals(client.text("workers"), "1 2001:db8::86:34 - :\n.\n");
});
