import { describe, test } from "node:test";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { JobImport } from "../../../store/exchange/imported_job.ts";
import { MemoryStore } from "../../../store/memory.ts";
import { exportedLines, importedLine } from "../../../store/exchange/ndjson.ts";
import { type LocalStore, StoreError } from "../../../store/store.ts";
import { allOf, batch, bytes, limitsOf, storedJob } from "../contract.ts";
import { arbitraryJob } from "../model.ts";

const BASE = "H:here:000000000001";

async function importAll(lines: Iterable<string>, store: LocalStore): Promise<void> {
  const into = new JobImport(store);
  let next = 0;
  for (const text of lines) {
    const line = importedLine(text);
    if (line.kind === "store") next = line.store.nextNumber;
    else if (line.kind === "limits") into.limit(line.maxQueue);
    else if (line.kind === "record") into.record(line.record);
    else await into.add(line.job);
  }
  await into.end(next);
}

describe("A store as lines of JSON", () => {
  test("has a line for the store, for each limit, each record, and each job", () => {
    const store = new MemoryStore(BASE);
    store.write(batch({
      added: [storedJob(10, { unique: bytes("u"), payload: Uint8Array.of(0xff, 0) })],
      maxQueues: [{ functionName: bytes("resize"), limits: [0, 5, 0] }],
      records: [{ kind: "pause", key: bytes("resize"), value: Uint8Array.of(0xff) }],
    }));
    assertEquals([...exportedLines(store)], [
      '{"handleBase":"H:here:000000000001","nextNumber":11}',
      '{"func":"resize","limits":[0,5,0]}',
      '{"record":"pause","key":"resize","value":{"base64":"/w=="}}',
      '{"handle":"H:here:00000000000100000000000010","number":10,"func":"resize","unique":"u",' +
      '"reducer":"","payload":{"base64":"/wA="},"priority":1,"due":0,"attempts":0}',
    ]);
  });

  test("is the same store again when it is imported into a new one", async () => {
    const arbitrary = fc.array(fc.tuple(arbitraryJob(), fc.integer({ min: 1, max: 9 })));
    await fc.assert(fc.asyncProperty(arbitrary, async (jobs) => {
      const [from, to] = [new MemoryStore(BASE), new MemoryStore(BASE)];
      let number = 0;
      // Names have no NULs, in packets.
      const names = jobs.flatMap((
        [{ functionName, unique, reducer }],
      ) => [functionName, unique, reducer]);
      fc.pre(!names.some((name) => name.includes(0)));
      const added = jobs.map(([job, step]) => ({ ...job, number: number += step }));
      from.write(batch({
        added,
        maxQueues: [{ functionName: Uint8Array.of(0xfe), limits: [1, 2, 3] }],
        records: [{ kind: "pause", key: Uint8Array.of(0xfe), value: bytes("") }],
        nextNumber: number + 5,
      }));
      await importAll(exportedLines(from), to);
      assertEquals(allOf(to), added);
      assertEquals(limitsOf(to), limitsOf(from));
      assertEquals(to.records(), from.records());
      assertEquals(to.nextNumber, from.nextNumber);
    }));
  });

  test("keeps a mark of byte order at the start of a payload", async () => {
    const [from, to] = [new MemoryStore(BASE), new MemoryStore(BASE)];
    from.write(batch({ added: [storedJob(1, { payload: bytes("\ufeffx") })] }));
    await importAll(exportedLines(from), to);
    assertEquals(allOf(to), allOf(from));
  });

  test("comes behind the jobs of a store that has some, with handles of that store", async () => {
    const [from, to] = [new MemoryStore(BASE), new MemoryStore("H:there:000000000001")];
    from.write(batch({ added: [storedJob(7), storedJob(9)] }));
    to.write(batch({ added: [storedJob(3)] }));
    await importAll(exportedLines(from), to);
    const payloads = ["payload 3", "payload 7", "payload 9"].map(bytes);
    assertEquals(allOf(to).map(({ payload }) => payload), payloads);
    assertEquals(allOf(to).map(({ number }) => number), [3, 4, 5]);
    // Into itself: a number that was used is not used again.
    await importAll([...exportedLines(from)], from);
    assertEquals(allOf(from).map(({ number }) => number), [7, 9, 10, 11]);
  });

  test("gets no number that leaves no room for others", async () => {
    const store = new MemoryStore(BASE);
    const line = (digits: string) => `{"func":"f","handle":"${BASE}${digits}"}`;
    await assertRejects(() => importAll([line("99999999999999")], store), StoreError, "no room");
    await importAll([line("00000000000015"), line("00000000000003")], store);
    assertEquals(allOf(store).map(({ number }) => number), [15, 16]);
  });

  test("may be written by hand: a job needs a function only", async () => {
    const store = new MemoryStore(BASE);
    await importAll(['{"func":"f"}'], store);
    assertEquals(allOf(store), [storedJob(1, { functionName: bytes("f"), payload: bytes("") })]);
  });

  test("is refused where it is none", () => {
    const refused = (text: string, reason: string) =>
      assertThrows(() => importedLine(text), StoreError, reason);
    refused("{", "no JSON");
    refused("[1]", "no JSON object");
    refused('{"payload":"x"}', "func: missing");
    refused('{"func":"f","payload":{"base64":"!"}}', "payload:");
    refused('{"func":"f","payload":7}', "payload:");
    refused('{"func":"f","prio":1}', 'unknown field "prio"');
    refused('{"func":"f","due":-1}', "due:");
    refused('{"func":"f","attempts":1.5}', "attempts:");
    refused('{"func":"f","limits":[1,2]}', "limits:");
    refused('{"record":"","key":"","value":""}', "record:");
    refused('{"record":"pause","key":""}', "value: missing");
    refused('{"handleBase":1}', "handleBase:");
    refused('{"handleBase":"H:here"}', "no handles can begin with");
    refused('{"handleBase":"H: here:000000000001"}', "no handles can begin with");
    refused('{"handleBase":"H:here:00000000000x"}', "no handles can begin with");
    refused(`{"handleBase":"H:${"h".repeat(35)}:000000000001"}`, "no handles can begin with");
    refused('{"func":"f","handle":1}', "handle:");
    refused(`{"func":"${"f".repeat(513)}"}`, "more than 512");
    refused(`{"func":"f","unique":"${"u".repeat(65)}"}`, "more than 64");
    refused('{"func":"f","priority":3}', "priority 3");
    refused('{"func":"f\\u0000"}', "contains a NUL");
    refused('{"func":"f","unique":"a\\u0000b"}', "its unique contains a NUL");
    refused('{"func":"f","reducer":"a\\u0000b"}', "its reducer contains a NUL");
    const header = (next: number) => `{"handleBase":"${BASE}","nextNumber":${next}}`;
    for (const next of [Number.MAX_SAFE_INTEGER, 10 ** 14, 10 ** 14 - 2 ** 32 + 1]) {
      refused(header(next), "no room for jobs");
    }
    assertEquals(importedLine(header(10 ** 14 - 2 ** 32)).kind, "store");
  });
});
