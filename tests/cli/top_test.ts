import { describe, test } from "node:test";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { unicodeWidth } from "@std/cli/unicode-width";
import { TextConnection } from "../../client/admin/text_connection.ts";
import {
  amount,
  type Line,
  rate,
  type Shown,
  signed,
  type Size,
  view,
} from "../../cli/top/view.ts";
import {
  FIRST_STATE,
  type FunctionRow,
  keysOf,
  pressed,
  selected,
  takeSnapshot,
  type ViewState,
} from "../../cli/top/state.ts";
import { ScriptedServer } from "../support/scripted_server.ts";
import { startServer } from "../support/server.ts";

const SCREEN: Size = { columns: 80, rows: 24 };

function row(name: string, waiting = 0, others: Partial<FunctionRow> = {}): FunctionRow {
  const priorities = { high: 0, normal: waiting, low: 0 };
  const rates = { done: null, failed: null, change: null };
  return { name, waiting, priorities, scheduled: 0, running: 0, workers: 1, ...rates, ...others };
}

const ROWS: readonly FunctionRow[] = [
  row("crop", 5, { done: 2.5, failed: 0.5, change: -2.5, scheduled: 2 }),
  row("größe", 1234567, { running: 3, workers: 4, done: 0.25, failed: 0, change: 1.25 }),
  row("日本語", 7, { workers: 0 }),
  row("idle"),
];

/** The same as a server tells them that knows less. */
const LESS = ROWS.map((row) => ({ ...row, scheduled: null, done: null, failed: null }));
const UNTOLD = "how jobs ended";

function shownLines(
  functions: readonly FunctionRow[] = ROWS,
  { size = SCREEN, state = {}, trouble = null, untold = null }: {
    size?: Size;
    state?: Partial<ViewState>;
    trouble?: string | null;
    untold?: string | null;
  } = {},
): Line[] {
  const what: Shown = {
    server: "localhost:4730  version 1.1",
    time: "12:34:56",
    snapshot: { at: 0, functions, untold, facts: new Map() },
    trouble,
  };
  return view(what, size, { ...FIRST_STATE, ...state });
}

/** The same without styles. */
function texts(...args: Parameters<typeof shownLines>): string[] {
  return shownLines(...args).map(({ text }) => text);
}

/** Names of as many functions as there are on the screen. */
function names(lines: readonly string[]): string[] {
  return lines.slice(4, -1).map((line) => line.split(" ")[0]).filter((name) => name !== "");
}

describe("the screen of geartrain top", () => {
  test("shows totals, and functions in aligned columns", () => {
    const lines = texts();
    assertEquals(lines.slice(0, 8), [
      "geartrain top  localhost:4730  version 1.1                              12:34:56",
      "4 functions  1.2M waiting  2 scheduled  3 running  2.8 done/s  0.5 failed/s",
      "by waiting",
      "FUNCTION                 WAITING  SCHEDULED  RUNNING  WORKERS   DONE/s  FAILED/s",
      "größe                       1.2M          0        3        4      0.3         0",
      "日本語                         7          0        0        0        -         -",
      "crop                           5          2        0        1      2.5       0.5",
      "idle                           0          0        0        1        -         -",
    ]);
    assertStringIncludes(lines[23], "q quit");
    assertEquals(lines.length, 24);
  });

  test("shows of a server that tells less what it tells, and says so", () => {
    const lines = texts(LESS, { untold: UNTOLD });
    assertEquals(lines.slice(1, 5), [
      "4 functions  1.2M waiting  3 running  -1.3 change/s",
      "by waiting  (this server does not tell how jobs ended)",
      "FUNCTION               WAITING   HIGH  NORMAL    LOW  RUNNING  WORKERS  CHANGE/s",
      "größe                     1.2M      0    1.2M      0        3        4      +1.3",
    ]);
    const wide = texts(ROWS, { size: { columns: 110, rows: 24 } })[3];
    assertEquals(wide.match(/[A-Z]+/g)?.slice(1, 6), [
      ...["WAITING", "HIGH", "NORMAL", "LOW", "SCHEDULED"],
    ]);
  });

  test("warns of jobs without a worker, and of a server that does not answer", () => {
    const styles = shownLines().map(({ style }) => style);
    assertEquals(styles.slice(0, 8), [
      ...["bold", "plain", "plain", "heading"] as const,
      ...["plain", "warning", "plain", "plain"] as const,
    ]);
    const line = shownLines(ROWS, { trouble: "nobody listens there" })[2];
    assertEquals(line, { text: "nobody listens there; trying again", style: "warning" });
  });

  test("fits every size, and cuts long names", () => {
    const long = [...ROWS, row("x".repeat(200), 9), row("語".repeat(100), 9)];
    for (const [columns, rows] of [[80, 24], [200, 50], [65, 10], [40, 6], [20, 3], [1, 1]]) {
      const lines = texts(long, { size: { columns, rows } });
      assertEquals(lines.length, rows);
      const widest = lines.filter((line) => unicodeWidth(line) > columns);
      assertEquals(widest, [], `${columns}x${rows}`);
    }
    assertStringIncludes(texts(long)[5], `${"x".repeat(20)}…`);
  });

  test("leaves columns out where there is no room, or nothing to show", () => {
    const narrow = texts(ROWS, { size: { columns: 50, rows: 10 } });
    assertEquals(narrow[3], "FUNCTION        WAITING  RUNNING  WORKERS   DONE/s");
    const old = texts([row("f", 1, { priorities: null })], { untold: UNTOLD });
    assertEquals(old[3].match(/[A-Z]+/g)?.slice(0, 4), [
      "FUNCTION",
      "WAITING",
      "RUNNING",
      "WORKERS",
    ]);
  });

  test("shows the part that it was scrolled to", () => {
    const many = Array.from({ length: 30 }, (_, index) => row(`f${100 + index}`));
    assertEquals(names(texts(many)).length, 19);
    const end = texts(many, { state: { offset: 1000 } });
    assertEquals([names(end)[0], names(end).at(-1)], ["f111", "f129"]);
    assertStringIncludes(end[2], "12 to 30 of 30");
  });

  test("shows what has the filter in its name, or else what the filter escapes", () => {
    const rows = [row("Report Export"), row("report%2Fdaily"), row("report/daily"), row("größe")];
    const shown = (filter: string) => selected(rows, { ...FIRST_STATE, filter }).map((r) => r.name);
    assertEquals(shown("%2f"), ["report%2Fdaily"]);
    assertEquals(shown("port%20ex"), ["Report Export"]);
    assertEquals(shown("gr%C3%B6"), ["größe"]);
    assertEquals(shown("%7A"), []);
  });

  test("shows the filter while it is typed and afterwards", () => {
    const typing = texts(ROWS, { state: { filter: "o", isTyping: true } });
    assertStringIncludes(typing[2], "filter: o_");
    assertEquals(names(typing), ["crop"]);
    assertStringIncludes(texts(ROWS, { state: { filter: "o" } })[2], "filter: o ");
  });

  test("moves no cursor by a name", () => {
    assertStringIncludes(texts([row("a\x1b[2J")])[4], "a%1B[2J ");
  });

  test("numbers stay short", () => {
    assertEquals([0, 999999, 1e6, 12345678, 2e9].map(amount), [
      ...["0", "999999", "1.0M", "12.3M", "2.0G"],
    ]);
    assertEquals([null, 0, 0.01, 2, -12.34, 54321.9].map(signed), [
      ...["-", "0", "0", "+2.0", "-12.3", "+54322"],
    ]);
    assertEquals([null, 0, 0.01, 2, 54321.9].map(rate), ["-", "0", "0", "2.0", "54322"]);
  });
});

describe("a key of geartrain top", () => {
  const EXTENT = { page: 10, count: 25 };

  /** The state after some keys; null when they end it. */
  function after(input: string, first: ViewState = FIRST_STATE): ViewState | null {
    let state: ViewState | null = first;
    for (const key of keysOf(input)) state = state && pressed(state, key, EXTENT);
    return state;
  }

  test("sorts, and the same again reverses", () => {
    const order = (input: string) =>
      selected(ROWS, after(input)!).map(({ name }) => name.slice(0, 2));
    assertEquals(order(""), ["gr", "日本", "cr", "id"]);
    assertEquals(order("w"), ["id", "cr", "日本", "gr"]);
    assertEquals(order("ww"), order(""));
    assertEquals(order("n"), ["cr", "gr", "id", "日本"]);
    assertEquals(order("nn"), ["日本", "id", "gr", "cr"]);
    assertEquals(order("k")[0], "gr");
    assertEquals(order("r")[0], "gr");
    assertEquals(order("s")[0], "cr");
    assertEquals(order("d"), ["cr", "gr", "id", "日本"]);
    const byChange = selected(LESS, { ...FIRST_STATE, sort: "done" });
    assertEquals(byChange.map(({ name }) => name), ["größe", "idle", "日本語", "crop"]);
  });

  test("scrolls, but not beyond the ends", () => {
    const offset = (input: string) => after(input)!.offset;
    assertEquals(offset("\x1b[B\x1b[B\x1bOB\x1b[A"), 2);
    assertEquals(offset("\x1b[A"), 0);
    assertEquals([offset("\x1b[6~"), offset("  "), offset("\x1b[6~\x1b[5~")], [10, 15, 0]);
    assertEquals([offset("\x1b[F"), offset("\x1b[F\x1b[H")], [15, 0]);
    assertEquals(offset("\x1b[Fn"), 0);
  });

  test("is part of the filter after a slash, until Enter or Escape", () => {
    assertEquals(after("/qx"), { ...FIRST_STATE, filter: "qx", isTyping: true });
    assertEquals(after("/größer\x7f\r"), { ...FIRST_STATE, filter: "größe" });
    assertEquals(after("/x\x1b"), FIRST_STATE);
    assertEquals(after("/x\r\x1b"), FIRST_STATE);
    assertEquals(after("/\x1b[A\x01"), { ...FIRST_STATE, isTyping: true });
  });

  test("ends it: q, and Ctrl-C also while the filter is typed", () => {
    assertEquals([after("q"), after("\x03"), after("/x\x03")], [null, null, null]);
    assertEquals(after("zZ\x1b[15~"), FIRST_STATE);
  });
});

describe("a look of geartrain top", () => {
  /** Two looks at a server, 2 s apart, with jobs between them. */
  async function twoLooks(port: number, between: () => Promise<void> | void) {
    using connection = await TextConnection.open({ hostname: "127.0.0.1", port }, 10_000);
    const first = await takeSnapshot(connection, null, () => 1000);
    await between();
    return [first, await takeSnapshot(connection, first, () => 3000)];
  }

  test("tells scheduled jobs from waiting ones, and counts what was done and failed", async () => {
    await using server = startServer();
    using worker = await server.peer();
    worker.packet("CAN_DO", "f");
    const later = `${Math.floor(Date.now() / 1000) + 3600}`;
    await worker.packet("SUBMIT_JOB_EPOCH", "f", "", later, "").expect("JOB_CREATED");
    for (let job = 0; job < 6; job++) {
      await worker.packet("SUBMIT_JOB_LOW_BG", "f", "", "").expect("JOB_CREATED");
    }
    const [first, second] = await twoLooks(server.port, async () => {
      for (const end of ["WORK_COMPLETE", "WORK_COMPLETE", "WORK_COMPLETE", "WORK_FAIL"]) {
        const [handle] = await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
        worker.packet(end, ...end === "WORK_FAIL" ? [handle] : [handle, ""]);
      }
      await worker.packet("ECHO_REQ", "").expect("ECHO_RES");
      await worker.packet("SUBMIT_JOB_BG", "new", "", "").expect("JOB_CREATED");
    });
    assertEquals(first.functions, [{
      name: "f",
      waiting: 6,
      priorities: { high: 0, normal: 0, low: 6 },
      scheduled: 1,
      running: 0,
      workers: 1,
      done: null,
      failed: null,
      change: null,
    }]);
    const [f, added] = second.functions;
    assertEquals([f.waiting, f.done, f.failed, f.change], [2, 1.5, 0.5, -2]);
    assertEquals([added.name, added.done, added.change], ["new", null, null]);
    assertEquals([first.untold, second.untold], [null, null]);
  });

  test("begins anew with a function that was dropped meanwhile", async () => {
    await using server = startServer();
    using peer = await server.peer();
    const done = async () => {
      await peer.packet("CAN_DO", "f").packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
      const [handle] = await peer.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
      await peer.packet("WORK_COMPLETE", handle, "").packet("CANT_DO", "f").packet("ECHO_REQ", "")
        .expect("ECHO_RES");
    };
    await done();
    const [, { functions: [f] }] = await twoLooks(server.port, async () => {
      assertEquals(await peer.send("drop function f\ncreate function f\n").nextLine(), "OK");
      assertEquals(await peer.nextLine(), "OK");
    });
    assertEquals([f.name, f.done], ["f", null]);
  });

  /** A server that knows no listings of ours, with more jobs at each look. */
  function other(knowsPriorities: boolean): Promise<ScriptedServer> {
    let jobs = 5;
    return ScriptedServer.start((line) => {
      if (line === "status") return `f\t${jobs += 5}\t2\t3\nnew${jobs}\t1\t0\t0\n.\n`;
      return knowsPriorities && line === "prioritystatus"
        ? "f\t1\t3\t4\t3\n.\n"
        : "ERR unknown_command \r\n";
    });
  }

  test("compares the jobs of another server with the look before, and knows what is missing", async () => {
    using server = await other(true);
    const [first, second] = await twoLooks(server.port, () => {});
    const { functions: [f] } = first;
    assertEquals([f.name, f.waiting, f.running, f.workers, f.change], ["f", 8, 2, 3, null]);
    assertEquals([f.scheduled, f.done, f.failed], [null, null, null]);
    assertEquals(f.priorities, { high: 1, normal: 3, low: 4 });
    assertEquals(second.functions.map(({ change }) => change), [2.5, null]);
    assertEquals(second.untold, "scheduled jobs apart from waiting ones, nor how jobs ended");
  });

  test("does without priorities where the server knows none", async () => {
    using server = await other(false);
    const [{ functions, untold }] = await twoLooks(server.port, () => {});
    assertEquals(functions.map(({ priorities }) => priorities), [null, null]);
    assertStringIncludes(untold!, "nor priorities");
  });
});
