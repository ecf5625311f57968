import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { unicodeWidth } from "@std/cli/unicode-width";
import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { TextLineStream } from "@std/streams/text-line-stream";

describe("@std/cli/parse-args, whichever way it resolves here", () => {
  const OPTIONS = {
    alias: { port: ["p"], daemon: ["d"] },
    string: ["port", "listen", "_"],
    boolean: ["daemon"],
    collect: ["listen"],
  };
  const parse = (...args: string[]): Record<string, unknown> => parseArgs(args, OPTIONS);

  test("values follow in every spelling", () => {
    for (const args of [["--port", "1"], ["--port=1"], ["-p", "1"], ["-p1"]]) {
      assertEquals(parse(...args).port, "1", args.join(" "));
    }
  });

  test("collected options are lists, of others the last value counts", () => {
    assertEquals(parse("--listen", "a", "--listen=b").listen, ["a", "b"]);
    assertEquals(parse().listen, []);
    assertEquals(parse("--port=1", "--port=2").port, "2");
  });

  test("a missing value is empty", () => {
    assertEquals(parse("--port").port, "");
    assertEquals(parse("--port", "-d").port, "");
    assertEquals(parse("--port", "-d").daemon, true);
  });

  test("unknown options and other arguments are told, also such that every object has", () => {
    for (const arg of ["--prt=1", "-x", "--no-daemon", "--constructor", "--__proto__=1", "word"]) {
      const told: string[] = [];
      const unknown = (name: string): boolean => {
        told.push(name);
        return false;
      };
      const parsed: Record<string, unknown> = parseArgs(["-d", arg], { ...OPTIONS, unknown });
      assertEquals(told, [arg]);
      assertEquals(parsed._, []);
      assertEquals(parsed.daemon, true);
    }
  });

  test("what follows -- is no option", () => {
    assertEquals(parse("-d", "--", "--no-port", "-p")._, ["--no-port", "-p"]);
  });
});

describe("@std/cli/unicode-width, whichever way it resolves here", () => {
  test("a text is as wide as a terminal shows it", () => {
    const widths = ["", "resize", "größe", "日本語", "e\u0301", "ﾊﾝｶｸ"].map(unicodeWidth);
    assertEquals(widths, [0, 6, 5, 6, 1, 4]);
  });
});

describe("@std/streams/text-line-stream, whichever way it resolves here", () => {
  async function lines(...chunks: string[]): Promise<string[]> {
    const source = new ReadableStream<string>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    const read: string[] = [];
    for await (const line of source.pipeThrough(new TextLineStream())) read.push(line);
    return read;
  }

  test("lines come whole, however they were cut", async () => {
    assertEquals(await lines("one\ntw", "o\r", "\n\nlast\u2028one"), [
      "one",
      "two",
      "",
      "last\u2028one",
    ]);
  });
});

describe("@std/cli/unstable-progress-bar, whichever way it resolves here", () => {
  async function drawn(clear: boolean): Promise<string> {
    let text = "";
    const decoder = new TextDecoder();
    const writable = new WritableStream<Uint8Array>({
      write: (bytes) => void (text += decoder.decode(bytes)),
    });
    const bar = new ProgressBar({
      writable,
      max: 8,
      barLength: 4,
      clear,
      formatter: ({ styledTime, progressBar, value, max }) =>
        `[${styledTime}] [${progressBar}] ${value} of ${max}`,
    });
    bar.value = 5;
    bar.max = 10;
    await bar.stop();
    // The bar is drawn over itself; how the rest of a line is cleared is left open.
    return text.replaceAll("\x1b[K", "");
  }

  test("it is drawn when it begins and when it ends", async () => {
    const [, first, last] = (await drawn(false)).split("\r");
    assertEquals([first, last], ["[00:00] [----] 0 of 8", "[00:00] [##--] 5 of 10\n"]);
  });

  test("it leaves an empty line if that is wanted", async () => {
    const text = await drawn(true);
    assertEquals([text.endsWith("\r"), text.includes("\n")], [true, false]);
  });
});
