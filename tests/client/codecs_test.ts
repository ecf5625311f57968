import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Client,
  type Codec,
  type Codecs,
  JobExceptionError,
  jsonCodec,
  textCodec,
  type ValueCodec,
  Worker,
  type WorkerOptions,
} from "../../mod.ts";
import { startServer } from "../support/server.ts";
import { testWithEachServer } from "./any_server.ts";

interface Rectangle {
  readonly width: number;
  readonly height: number;
}

const BYTES: ValueCodec<Uint8Array> = { encode: (value) => value, decode: (bytes) => bytes };

/** A codec that checks what comes. */
const WIDTH: ValueCodec<number> = {
  encode: (value) => `${value}`,
  decode(bytes) {
    const value = Number(new TextDecoder().decode(bytes));
    if (!(value > 0)) throw new RangeError("A width is above 0");
    return value;
  },
};

const CODECS = {
  area: jsonCodec<Rectangle, number>(),
  upper: textCodec,
  nothing: jsonCodec<string | null | undefined, string | null | undefined>(),
  double: { payload: WIDTH, result: WIDTH } as Codec<number, number>,
  copy: { payload: BYTES, result: BYTES },
} satisfies Codecs;

const FUNCTIONS: WorkerOptions<typeof CODECS>["functions"] = {
  area: ({ input: { width, height } }) => width * height,
  upper: { run: ({ input }) => Promise.resolve(input.toUpperCase()), timeout: 10_000 },
  nothing: ({ input }) => input,
  double: ({ input, payload }) => payload.length === 3 ? -1 : 2 * input,
  copy: ({ input }) => input,
};

describe("functions that are declared once", () => {
  testWithEachServer("have their types on both sides", async (port) => {
    const servers = [`127.0.0.1:${port}`];
    await using _worker = new Worker({ servers, codecs: CODECS, functions: FUNCTIONS });
    await using client = new Client({ servers, codecs: CODECS });
    const area: number = await client.submit("area", { width: 3, height: 4 });
    assertEquals(area, 12);
    const upper: string = await client.submit("upper", "größe", { priority: "high" });
    assertEquals(upper, "GRÖSSE");
    const copy: Uint8Array = await client.submit("copy", new Uint8Array([0, 255]));
    assertEquals(copy, new Uint8Array([0, 255]));
    const handle: string = await client.submit("upper", "x", { background: true });
    assert(handle.startsWith("H:"));
  });

  test("may return null, or nothing at all", async () => {
    await using server = startServer();
    const servers = [server.server];
    await using _worker = new Worker({ servers, codecs: CODECS, functions: FUNCTIONS });
    await using client = new Client({ servers, codecs: CODECS });
    assertEquals(await client.submit("nothing", null), null);
    assertEquals(await client.submit("nothing"), undefined);
    assertEquals(await client.submit("nothing", "x"), "x");
    // The same with a codec that is given to the submit.
    await using plain = new Client({ servers });
    assertEquals(await plain.submit("nothing", null, { codec: jsonCodec<null, null>() }), null);
  });

  test("fail with what a codec throws, on either side", async () => {
    await using server = startServer();
    const servers = [server.server];
    await using _worker = new Worker({ servers, codecs: CODECS, functions: FUNCTIONS });
    await using client = new Client({ servers, codecs: CODECS });
    await using plain = new Client({ servers });
    assertEquals(await client.submit("double", 21), 42);
    const refused = await assertRejects(
      () => plain.submit("double", "many").text(),
      JobExceptionError,
    );
    assertEquals(refused.text, "A width is above 0");
    await assertRejects(() => plain.submit("area", "{").text(), JobExceptionError, "JSON");
    // The result is there, but is no width.
    const job = client.submit("double", 100);
    await assertRejects(() => job.result(), RangeError, "above 0");
    assertEquals(await job.text(), "-1");
    const codec = jsonCodec<unknown, unknown>();
    await assertRejects(() => plain.submit("f", () => {}, { codec }).result(), TypeError, "JSON");
  });

  test("are the only ones that there are", async () => {
    await using server = startServer();
    const servers = [server.server];
    await using client = new Client({ servers, codecs: CODECS });
    // @ts-expect-error: There is no such function.
    await assertRejects(() => client.submit("upperr", "x").handle, TypeError, "upperr");
    // @ts-expect-error: There is no such function.
    const background = client.submit("toString", "x", { background: true });
    await assertRejects(() => background, TypeError, "declares no function toString");
    assertThrows(
      // @ts-expect-error: There is no such function.
      () => new Worker({ servers, codecs: CODECS, functions: { upperr: () => "x" } }),
      TypeError,
      "upperr",
    );
    // A codec of its own makes a submit an exception.
    const once = client.submit("other", 1, { codec: jsonCodec<number, number>(), timeout: 1000 });
    assert((await once.handle).startsWith("H:"));
    assertEquals(server.server.jobs().map(({ functionName }) => functionName), ["other"]);
  });

  test("do not compile with other types", () => {
    // Never called: the compiler reads it.
    const _wrong = (client: Client<typeof CODECS>) => {
      // @ts-expect-error: The height is missing.
      client.submit("area", { width: 3 });
      // @ts-expect-error: It is given text.
      client.submit("upper", 1);
      // @ts-expect-error: It is not called without text.
      client.submit("upper");
      // @ts-expect-error: It is given a rectangle, in the background too.
      client.submit("area", "3x4", { background: true });
      // @ts-expect-error: It returns a number.
      const _area: Promise<string> = client.submit("area", { width: 3, height: 4 }).result();
      const servers = ["localhost"];
      // @ts-expect-error: It returns a number.
      new Worker({ servers, codecs: CODECS, functions: { area: () => "12" } });
      // @ts-expect-error: It is given text.
      new Worker({ servers, codecs: CODECS, functions: { upper: ({ input }) => input.width } });
      const plain = new Client({ servers });
      // @ts-expect-error: Without a codec, a payload is bytes or text.
      plain.submit("area", { width: 3, height: 4 });
    };
  });
});
