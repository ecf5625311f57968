import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

describe("GET_STATUS", () => {
  test("tells waiting, running and ended apart, of foreground and background jobs", () => {
    for (const type of ["SUBMIT_JOB", "SUBMIT_JOB_BG"] as const) {
      const { peer } = testRouter();
      const client = peer(), worker = peer().canDo("f");
      const handle = client.submit(type, "f", "", "");
      const status = () => client.send("GET_STATUS", handle).packets().at(-1)!.args.slice(1);
      assertEquals(status(), ["1", "0", "0", "0"]);
      worker.grab();
      assertEquals(status(), ["1", "1", "0", "0"]);
      worker.send("WORK_STATUS", handle, "3", "10");
      assertEquals(status(), ["1", "1", "3", "10"]);
      worker.send("WORK_COMPLETE", handle, "");
      assertEquals(status(), ["0", "0", "0", "0"]);
    }
  });

  test("of an unknown handle is all zeros, byte for byte as in the C server", () => {
    const { peer } = testRouter();
    const client = peer().send("GET_STATUS", "H:x:1");
    assertEquals(client.bytes(), "\0RES\0\0\0\x14\0\0\0\x0dH:x:1\x000\x000\x000\x000");
  });

  test("keeps WORK_STATUS numbers as C's atoi reads them, and relays the bytes", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    const cases = [["-1", "abc"], ["1.5", " 7"], ["99999999999999999999", "4294967296"]];
    const kept = [["4294967295", "0"], ["1", "7"], ["4294967295", "0"]];
    cases.forEach(([numerator, denominator], index) => {
      worker.send("WORK_STATUS", handle, numerator, denominator);
      assertEquals(client.packets()[0].args, [handle, numerator, denominator]);
      client.send("GET_STATUS", handle);
      assertEquals(client.packets()[0].args.slice(3), kept[index]);
    });
  });
});

describe("GET_STATUS_UNIQUE", () => {
  test("finds the newest job with the unique in any function and counts its clients", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("g");
    client.submit("SUBMIT_JOB_BG", "f", "u", "");
    client.submit("SUBMIT_JOB", "g", "u", "");
    client.submit("SUBMIT_JOB", "g", "u", "");
    worker.grab();
    client.send("GET_STATUS_UNIQUE", "u");
    assertEquals(client.packets()[0].args, ["u", "1", "1", "0", "0", "2"]);
  });

  test("finds the next newest when the newest has ended, in whatever order they end", () => {
    const { peer } = testRouter();
    const client = peer();
    const handles = ["f", "g", "h", "i"].map((name) =>
      client.submit("SUBMIT_JOB_BG", name, "u", name)
    );
    const found = () => {
      client.send("GET_STATUS_UNIQUE", "u");
      return client.packets()[0].args[1];
    };
    for (const index of [1, 3, 0, 2]) {
      assertEquals(found(), "1");
      client.text(`cancel job ${handles[index]}`);
    }
    assertEquals(found(), "0");
  });

  test("of an unknown unique is all zeros, byte for byte as in the C server", () => {
    const { peer } = testRouter();
    const client = peer().send("GET_STATUS_UNIQUE", "u");
    assertEquals(client.bytes(), "\0RES\0\0\0\x2a\0\0\0\x0bu\x000\x000\x000\x000\x000");
  });
});
