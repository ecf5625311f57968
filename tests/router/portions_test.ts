import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { Connection, Router } from "../../router/mod.ts";
import { connectSpare } from "../../router/session/connect.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { binary, type FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";
import { elementsWalkedBy } from "../performance/counting.ts";

const MANY = 100_000;
/** More than any portion has, in bytes. */
const MOST = 34 * 1024;
const MOST_ROWS = 256;

function addFunctions(router: Router, count: number): void {
  for (let number = 0; number < count; number++) {
    const name = binary(nameOf(number));
    router.functions.findOrAdd(name, 0, name.length);
  }
}

const nameOf = (number: number) => `f${String((number * 7919) % MANY).padStart(6, "0")}`;

/** What waits in the output, as it leaves. */
function read({ out }: Connection): string {
  let text = "";
  for (let segment = out.take(); segment !== undefined; segment = out.take()) {
    text += String.fromCharCode(...segment.bytes.subarray(segment.start, segment.end));
    out.recycle(segment);
  }
  return text;
}

/** The portions of the answers to what a peer sends; something may happen after each of them. */
function portions(
  { connection }: FakePeer,
  request: string,
  between: (count: number) => void = () => {},
): string[] {
  const bytes = binary(request);
  connection.receive(bytes, 0, bytes.length, true);
  const found = [read(connection)];
  while (connection.isHolding) {
    between(found.length);
    connection.resume();
    found.push(read(connection));
  }
  return found;
}

const rowsOf = (portions: readonly string[]) => portions.join("").split("\n");
const largest = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length));

describe("the answer about 100,000 functions", () => {
  const { router, peer } = testRouter();
  addFunctions(router, MANY);
  const worker = peer();
  for (const func of router.functions.values()) router.abilities.add(worker.connection, func, 0);
  const names = Array.from({ length: MANY }, (_, number) => nameOf(number)).sort();

  const commands = {
    status: names.map((name) => `${name}\t0\t0\t1`),
    prioritystatus: names.map((name) => `${name}\t0\t0\t0\t1`),
  };
  for (const [command, expected] of Object.entries(commands)) {
    test(`to ${command} is made in small portions, which have all of them in their order`, () => {
      const found = portions(peer(), `${command}\n`);
      assertEquals(rowsOf(found), [...expected, ".", ""]);
      assert(largest(found) <= MOST, `${largest(found)} bytes`);
      assert(Math.max(...found.map((text) => rowsOf([text]).length)) <= MOST_ROWS + 1);
    });
  }

  test("of one worker is made in small portions: workers, list connections", () => {
    for (const command of ["workers", "list connections connection=1"]) {
      const found = portions(peer(), `${command}\n`);
      const words = found.join("").split("\n").find((row) => row.length > MANY)!.split(/[ \t]/);
      assertEquals(words.filter((word) => /^f\d{6}$/.test(word)).sort(), names);
      assert(largest(found) <= MOST, `${largest(found)} bytes`);
    }
  });

  test("to list functions is made in small portions, and so is one that leaves nearly all out", () => {
    const found = portions(peer(), "list functions\n");
    assertEquals(rowsOf(found).length, MANY + 3);
    assert(largest(found) <= MOST, `${largest(found)} bytes`);
    const one = portions(peer(), `list functions function=${names[77_777]}\n`);
    assertEquals(rowsOf(one).map((row) => row.split("\t")[0]), [
      "function",
      names[77_777],
      ".",
      "",
    ]);
    assert(one.length >= MANY / MOST_ROWS, "others have their turn while they are looked through");
  });

  test("is made as it is read: a peer that pipelines and does not read is sent one portion", () => {
    const { connection } = peer();
    const request = binary("status\n".repeat(1000));
    connection.receive(request, 0, request.length, true);
    assert(connection.isHolding && connection.out.size <= MOST, `${connection.out.size} bytes`);
    connection.closed();
    assertEquals(connection.isHolding, false);
  });

  test("sorts nothing when one was created: it walks no further than in a chunk of their names", () => {
    const asking = peer();
    const walked = elementsWalkedBy(() => {
      asking.raw("create function new\nstatus\n");
      assert(read(asking.connection).startsWith("OK\r\nf000000\t"));
    });
    assert(walked < 2000, `${walked} elements`);
    asking.vanish();
    assertEquals(peer().text("drop function new"), "OK\r\n");
  });

  test("is made no further for a peer that is gone, and what it sent behind it still counts", () => {
    const asking = peer();
    asking.raw("status\n");
    asking.raw("status\ncreate function last\n");
    asking.connection.peerGone();
    asking.connection.out.clear();
    asking.connection.resume();
    assertEquals(asking.connection.isHolding, false);
    assertEquals([...router.functions.values()].length, MANY + 1);
    router.operations.drop(router.functions.find(binary("last"), 0, 4)!.name, null);
  });
});

describe("an answer in portions", () => {
  test("has each function once that was there all the time, whoever comes and goes meanwhile", () => {
    const { router, peer } = testRouter();
    addFunctions(router, 5000);
    const all = [...router.functions.values()].map(({ name }) => String.fromCharCode(...name));
    const admin = peer();
    const gone = new Set<string>();
    const found = portions(peer(), "status\n", (count) => {
      for (const number of [2 * count, all.length - 2 * count]) {
        gone.add(all[number]);
        admin.text(`drop function ${all[number]}`);
        admin.text(`create function ${all[number]}-${count}`);
      }
    });
    assert(found.length > 10, `${found.length} portions`);
    const names = rowsOf(found).map((row) => row.split("\t")[0]).slice(0, -2);
    assertEquals(names, [...new Set(names)].sort());
    const there = new Set(names);
    assertEquals(all.filter((name) => !there.has(name) && !gone.has(name)), []);
    assertEquals(all.filter((name) => gone.has(name) && !there.has(name)).length > 0, true);
  });

  test("shows of each row the state at the moment when it is made", () => {
    const { router, peer } = testRouter();
    addFunctions(router, 1000);
    const [first, last] = [0, 999].map((n) => [...router.functions.values()][n]);
    const found = portions(peer(), "status\n", (count) => {
      if (count > 1) return;
      for (const { name } of [first, last]) peer().send("SUBMIT_JOB_BG", name, "", "");
    });
    const rows = rowsOf(found);
    assertEquals([rows[0].split("\t")[1], rows[999].split("\t")[1]], ["0", "1"]);
  });

  test("has each job that lives all the time, and none that came later: jobs, show jobs, list jobs", () => {
    for (const command of ["jobs", "show jobs", "show unique jobs", "list jobs"]) {
      const { router, peer } = testRouter();
      const client = peer();
      const submit = (unique: string) => client.send("SUBMIT_JOB_BG", "f", unique, "");
      for (let number = 0; number < 3000; number++) submit(`u${number}`);
      client.bytes();
      const found = portions(peer(), `${command}\n`, (count) => {
        for (let number = 0; number < 300; number++) submit(`new ${count} ${number}`);
        client.connection.out.clear();
        // One that is in it, and one that would have come.
        for (const unique of [`u${count}`, `u${3000 - count}`]) {
          const bytes = binary(unique);
          router.operations.cancel(router.parked.newestWith(bytes, 0, bytes.length)!, null);
        }
      });
      const rows = rowsOf(found);
      const heads = command === "list jobs" ? 1 : 0;
      assertEquals(rows.length, 3000 - (found.length - 1) + heads + 2, command);
      assertEquals(new Set(rows).size, rows.length, command);
      assert(!found.join("").includes("new") && found.length > 5, command);
    }
  });

  test("has each job of a client once, the oldest first, also if it joined it again: clients", () => {
    const { router, peer } = testRouter();
    const client = peer(7);
    for (let number = 0; number < 2000; number++) client.send("SUBMIT_JOB", "f", `u${number}`, "");
    for (let number = 0; number < 2000; number++) client.send("SUBMIT_JOB", "f", "u1999", "");
    client.bytes();
    const found = portions(peer(8), "clients\n", (count) => {
      if (count !== 3) return;
      const job = router.parked.newestWith(binary("u1000"), 0, 5)!;
      router.operations.cancel(job, null);
      client.send("SUBMIT_JOB", "f", "new", "");
    });
    const uniques = Array.from({ length: 2000 }, (_, number) => `u${number}`);
    const rows = uniques.filter((unique) => unique !== "u1000").map((unique) =>
      `\tf\t${unique}\t-`
    );
    assertEquals(rowsOf(found), ["127.0.0.1:7", ...rows, "127.0.0.1:8", ".", ""]);
    assert(found.length > 10, `${found.length} portions`);
    assertInvariants(router);
  });

  test("lists limits of functions that there are and that there are not in one order", () => {
    const { router, peer } = testRouter();
    const admin = peer();
    for (const name of ["c", "a", "b", "d"]) admin.text(`maxqueue ${name} 5`);
    admin.text("create function b");
    admin.text("create function e");
    admin.text("maxqueue a 6 7 8");
    admin.text("maxqueue d");
    const limits = () =>
      rowsOf([admin.text("list limits")]).slice(1, -2).map((row) => row.replaceAll("\t", " "));
    assertEquals(limits(), ["a 6 7 8", "b 5 5 5", "c 5 5 5"]);
    assertEquals([...router.functions.limits()].length, 3);
    admin.text("drop function b");
    admin.text("create function a");
    assertEquals(limits(), ["a 6 7 8", "c 5 5 5"]);
    admin.text("maxqueue a 0");
    assertEquals(limits(), ["c 5 5 5"]);
  });

  test("is followed by those to the commands behind it, in their order", () => {
    const { router, peer } = testRouter();
    addFunctions(router, 1000);
    const asking = peer();
    asking.raw("status\nversion\ngetpid\n");
    asking.send("ECHO_REQ", "x");
    const text = asking.bytes();
    assert(text.includes(".\nOK 1.2.3\nOK ") && text.endsWith("x"), text.slice(-40));
  });

  test("that is short leaves with those behind it", () => {
    const { router, peer } = testRouter();
    addFunctions(router, 1);
    const [first, ...others] = portions(peer(), "status\nversion\n");
    assertEquals([first, others], ["f000000\t0\t0\t0\n.\nOK 1.2.3\n", []]);
  });

  test("ends before a peer that there is no room for is turned away", () => {
    const { router, peer } = testRouter();
    addFunctions(router, 1000);
    const asking = peer();
    const spare = connectSpare(router, asking, true);
    const request = binary("status\n\0REQ\0\0\0\x04\0\0\0\0");
    spare.receive(request, 0, request.length, true);
    let text = read(spare);
    while (spare.isHolding) {
      spare.resume();
      text += read(spare);
    }
    assert(text.includes("\n.\n\0RES\0\0\0\x13"), text.slice(-80));
  });
});
