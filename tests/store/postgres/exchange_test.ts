import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { importedLine } from "../../../store/exchange/ndjson.ts";
import {
  exportLines,
  gearmandJobs,
  importInto,
  migrate,
  type QueuePlace,
  stats,
} from "../../../store/postgres/tools.ts";
import { StoreError } from "../../../store/store.ts";
import { Gearmand } from "../../support/gearmand.ts";
import { describeWithPostgres } from "../../support/postgres.ts";
import { program, testWith } from "../../support/programs.ts";
import { RawPeer } from "../../support/raw_peer.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-exchange-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const BASE = "H:gear1:764539208417";
const HEADER = JSON.stringify({ handleBase: BASE, nextNumber: 3_000_000 });

function handle(number: number): string {
  return BASE + String(number).padStart(14, "0");
}

/** Imports lines of an export; says how many jobs are new, and how many were there. */
async function importAll(place: QueuePlace, lines: string[]): Promise<[number, number]> {
  const [first, ...rest] = lines.map(importedLine);
  const into = await importInto(place, first.kind === "store" ? first.store : null);
  try {
    for (const line of rest) {
      if (line.kind === "limits") await into.limit(line.maxQueue);
      else if (line.kind === "job") await into.add(line.job);
    }
    await into.end();
    return [into.count, into.present];
  } finally {
    into.close();
  }
}

async function exportAll(place: QueuePlace): Promise<string[]> {
  const lines: string[] = [];
  await exportLines(place, (line) => {
    lines.push(line);
    return Promise.resolve(true);
  });
  return lines;
}

/** Lines of an export with all that a job can have. */
function someJobs(): string[] {
  const due = Date.now() + 3_600_000;
  const job = (number: number, more: object) =>
    JSON.stringify({
      handle: handle(number),
      number,
      func: "resize",
      unique: "",
      reducer: "",
      payload: "",
      priority: 1,
      due: 0,
      attempts: 0,
      ...more,
    });
  return [
    HEADER,
    JSON.stringify({ func: "mail", limits: [1, 2, 3] }),
    job(3, {}),
    job(7, { func: { base64: "/v8=" }, payload: { base64: "AP8=" }, priority: 0 }),
    job(8, { func: "mail", unique: "u1", reducer: "r", payload: "x".repeat(10_000), attempts: 2 }),
    job(9, { func: "mail", unique: "-", payload: "same", due, priority: 2 }),
    job(2_999_999, { unique: "-", failures: 3, state: "dead", error: "no disk" }),
  ];
}

describeWithPostgres("Jobs that come into PostgreSQL and out of it", (postgres) => {
  const place = async (): Promise<QueuePlace> => ({
    url: await postgres().database(),
    password: undefined,
  });

  test("are the same, with their handles, and a second import finds them there", async () => {
    const queue = await place();
    const jobs = someJobs();
    assertEquals(await importAll(queue, jobs), [5, 0]);
    const lines = await exportAll(queue);
    const [header, ...rest] = lines;
    assertEquals(rest, jobs.slice(1));
    const { handleBase, nextNumber } = JSON.parse(header);
    assertEquals(handleBase, BASE);
    assert(nextNumber >= 3_000_000);
    assertEquals(await importAll(queue, jobs), [0, 5]);
    assertEquals((await exportAll(queue)).slice(1), rest);
    const other = await place();
    assertEquals(await importAll(other, lines), [5, 0]);
    assertEquals((await exportAll(other)).slice(1), rest);
  });

  test("are followed by jobs with larger numbers, of servers and of applications", async () => {
    const queue = await place();
    await importAll(queue, someJobs());
    const sql = "select geartrain.submit('resize', 'x'), nextval('geartrain.block')";
    const [submitted, block] = (await postgres().sql(sql, queue.url)).split("|");
    assert(submitted > handle(3_000_000), submitted);
    assert((Number(block) - 1) * 2 ** 21 >= 3_000_000, block);
  });

  test("get new handles in a queue that has made some already", async () => {
    const queue = await place();
    await migrate(queue.url);
    const first = await postgres().sql("select geartrain.submit('resize', 'x')", queue.url);
    assertEquals(await importAll(queue, someJobs()), [5, 0]);
    const handles = (await exportAll(queue)).slice(2).map((line) => JSON.parse(line).handle);
    assertEquals(handles.length, 6);
    assertEquals(new Set(handles.map((each: string) => each.slice(0, -14))).size, 1);
    assert(handles.includes(first));
    assertEquals(new Set(handles).size, 6);
  });

  test("are one with a live job that has their unique", async () => {
    const queue = await place();
    await migrate(queue.url);
    await postgres().sql("select geartrain.submit('mail', 'x', 'u1')", queue.url);
    assertEquals(await importAll(queue, someJobs()), [4, 1]);
  });

  test("are counted, and what waits is counted as waiting", async () => {
    const queue = await place();
    await importAll(queue, someJobs());
    const { jobs, bytes, queues, limits, oldestNumber } = await stats(queue);
    assertEquals([jobs, bytes, oldestNumber], [5, 10_006, 3]);
    assertEquals(queues.map(({ function: name, priority, jobs }) => [name, priority, jobs]), [
      ["mail", "normal", 1],
      ["mail", "low", 1],
      ["resize", "normal", 2],
      [{ base64: "/v8=" }, "high", 1],
    ]);
    assertEquals(limits, [{ function: "mail", high: 1, normal: 2, low: 3 }]);
    const sums = "select sum(waiting), sum(scheduled), sum(claimed) from geartrain.count_delta";
    assertEquals(await postgres().sql(sums, queue.url), "3|1|0");
  });

  test("come in portions, each of a number of bytes that fits into memory", async () => {
    const queue = await place();
    const jobs = Array.from(
      { length: 2500 },
      (_, index) =>
        JSON.stringify({
          func: `f${index % 3}`,
          payload: "x".repeat(index % 100 === 0 ? 1e5 : 10),
        }),
    );
    assertEquals(await importAll(queue, [HEADER, ...jobs]), [2500, 0]);
    const lines = (await exportAll(queue)).slice(1);
    const content = (line: string) => [JSON.parse(line).func, JSON.parse(line).payload.length];
    assertEquals(lines.map(content), jobs.map(content));
    let taken = 0;
    await exportLines(queue, () => Promise.resolve(++taken < 10));
    assertEquals(taken, 10);
  });

  const gearmand = program("gearmand", "gearman-job-server");
  testWith([gearmand], "are read from the table of a gearmand", async () => {
    const url = await postgres().database();
    const conninfo = `host=127.0.0.1 port=${postgres().port} user=postgres dbname=${
      new URL(url).pathname.slice(1)
    }`;
    {
      const options = ["--queue-type=Postgres", `--libpq-conninfo=${conninfo}`];
      await using server = await Gearmand.start(gearmand.program, { options });
      using peer = await RawPeer.connect(server.port);
      const submit = (type: string, ...args: string[]) =>
        peer.packet(type, ...args).expect("JOB_CREATED");
      await submit("SUBMIT_JOB_HIGH_BG", "resize", "u1", "one\0\xff");
      await submit("SUBMIT_JOB_LOW_BG", "mail", "u3", "");
      await submit("SUBMIT_JOB_EPOCH", "mail", "u4", "1999999999", "later");
      server.kill();
    }
    const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
    const leftOut: string[] = [];
    const found: unknown[] = [];
    const queue = { url, password: undefined };
    for await (const job of gearmandJobs(queue, undefined, (what) => leftOut.push(what))) {
      const { functionName, unique, payload, priority, due } = job;
      found.push([text(functionName), text(unique), text(payload), priority, due]);
    }
    assertEquals(found, [
      ["resize", "u1", "one\0\xff", 0, 0],
      ["mail", "u3", "", 2, 0],
      ["mail", "u4", "later", 1, 1_999_999_999_000],
    ]);
    assertEquals(leftOut, []);
    const none = gearmandJobs(queue, "elsewhere", () => {});
    await assertRejects(() => none.next(), StoreError, "it has no table elsewhere");
  });
});
