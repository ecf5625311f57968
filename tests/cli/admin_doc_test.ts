import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { TextConnection } from "../../client/admin/text_connection.ts";
import { FIRST_STATE, takeSnapshot } from "../../cli/top/state.ts";
import { view } from "../../cli/top/view.ts";
import { VERSION } from "../../version.ts";
import { type Program, runProgram, startServe } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { ROOT } from "../support/runtimes.ts";

const PAGE = readFileSync(join(ROOT, "docs/admin.md"), "utf8");
/** When the digest is due, in seconds since the Unix epoch. */
const DUE = 1_924_970_400;
const HANDLE = /^H:gear1:\w{20,}$/;

/** The commands of the page, with what it says that they print. */
function commands(): { words: string[]; output: string[] }[] {
  const blocks = [...PAGE.matchAll(/```console\n([^]*?)```/g)].map(([, block]) => block);
  return blocks.flatMap((block) => block.split(/^\$ geartrain /m).slice(1)).map((text) => {
    const [line, ...output] = text.trimEnd().split("\n");
    return { words: line.split(" "), output };
  });
}

/** What is the same in every run: not handles, ports, times and versions, nor the room they take. */
function lasting(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line.replaceAll(/H:gear1:\w{20,}/g, "HANDLE").replace(/^(OK )?\d+\.\d+\.\d+.*$/, "VERSION")
      .replaceAll(/127\.0\.0\.1:\d+/g, "ADDRESS").replace(
        /(^age| running| waiting| scheduled) +\d+s/,
        "$1 AGE",
      )
      .replace(/"age": \d+/, '"age": AGE').replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, "TIME")
      .replaceAll(/ +/g, " ").trimEnd()
  );
}

/** Workers and a client whose jobs the page shows. */
class Scenario implements AsyncDisposable {
  readonly port: number;
  readonly thumbs: RawPeer;
  readonly mailer: RawPeer;
  readonly client: RawPeer;
  readonly #server: Program;

  private constructor(server: Program, port: number, peers: readonly RawPeer[]) {
    this.#server = server;
    this.port = port;
    [this.thumbs, this.mailer, this.client] = peers;
  }

  static async start(): Promise<Scenario> {
    const server = startServe(["--job-handle-prefix", "H:gear1"]);
    const port = await server.port();
    const peers = [];
    for (let count = 0; count < 3; count++) peers.push(await RawPeer.connect(port));
    const scenario = new Scenario(server, port, peers);
    await scenario.#begin();
    return scenario;
  }

  async #begin(): Promise<void> {
    const { thumbs, mailer } = this;
    thumbs.packet("SET_CLIENT_ID", "thumbs-1").packet("CAN_DO", "crop").packet("CAN_DO", "resize");
    mailer.packet("SET_CLIENT_ID", "mailer").packet("CAN_DO", "send-mail");
    await this.end("WORK_COMPLETE", 3);
    await this.end("WORK_FAIL", 1);
    await this.#submit("SUBMIT_JOB_HIGH_BG", "resize", "photo-1");
    await this.#submit("SUBMIT_JOB", "resize", "photo-2");
    await this.#submit("SUBMIT_JOB_LOW_BG", "resize", "photo-3");
    await this.#submit("SUBMIT_JOB_BG", "send-mail", "newsletter");
    await this.#submit("SUBMIT_JOB_EPOCH", "send-mail", "digest", `${DUE}`);
    await this.#submit("SUBMIT_JOB_BG", "invoice", "2026-11");
    await thumbs.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    await mailer.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
  }

  /** So many jobs of the first worker that end so. */
  async end(how: string, count: number): Promise<void> {
    const { thumbs } = this;
    for (let job = 0; job < count; job++) {
      await this.#submit("SUBMIT_JOB_HIGH_BG", "crop", "");
      const [handle] = await thumbs.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
      thumbs.packet(how, handle, ...how === "WORK_FAIL" ? [] : [""]);
    }
    await thumbs.packet("ECHO_REQ", "").expect("ECHO_RES");
  }

  async #submit(type: string, func: string, unique: string, ...time: string[]): Promise<void> {
    await this.client.packet(type, func, unique, ...time, "x").expect("JOB_CREATED");
  }

  /** The words of a command, with the handles of this run. */
  async wordsOf(words: readonly string[]): Promise<string[]> {
    const jobs = await this.client.send("show jobs\n").textReply();
    const handles = jobs.map((line) => line.split("\t")[0]);
    // The last digits are the number of the job.
    const same = (word: string) => handles.find((handle) => handle.slice(-6) === word.slice(-6));
    return words.map((word) => HANDLE.test(word) ? same(word) ?? word : word);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of [this.thumbs, this.mailer, this.client]) peer.destroy();
    await this.#server[Symbol.asyncDispose]();
  }
}

test("docs/admin.md shows what geartrain prints", async () => {
  await using scenario = await Scenario.start();
  const shown = commands();
  assert(shown.length > 25);
  for (const { words, output } of shown) {
    const args = [...await scenario.wordsOf(words), "-p", `${scenario.port}`];
    const { stdout, stderr } = await runProgram(args);
    const printed = [...stdout.split("\n").slice(0, -1), ...stderr];
    const isHelp = words.includes("--help");
    const [found, wanted] = isHelp ? [printed, output] : [printed, output].map(lasting);
    assertEquals(found, wanted, words.join(" "));
  }
});

test("docs/admin.md shows the screen of geartrain top as it is", async () => {
  await using scenario = await Scenario.start();
  const address = { hostname: "127.0.0.1", port: scenario.port };
  using connection = await TextConnection.open(address, 10_000);
  const first = await takeSnapshot(connection, null, () => 0);
  await scenario.end("WORK_COMPLETE", 5);
  await scenario.end("WORK_FAIL", 1);
  const snapshot = await takeSnapshot(connection, first, () => 2000);
  const server = `localhost:4730  geartrain ${VERSION}`;
  const what = { server, time: "13:15:23", snapshot, trouble: null };
  const lines = view(what, { columns: 80, rows: 24 }, FIRST_STATE).map(({ text }) => text);
  const [, block] = /```text\n(geartrain top [^]*?)```/.exec(PAGE)!;
  const [head, ...wanted] = block.trimEnd().split("\n");
  assertMatch(head, /^geartrain top {2}localhost:4730 {2}geartrain \d+\.\d+\.\d+ +\d\d:\d\d:\d\d$/);
  assertEquals(lines.slice(1), wanted);
});
