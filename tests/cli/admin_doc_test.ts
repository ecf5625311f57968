import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { runProgram, startServe } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { ROOT } from "../support/runtimes.ts";

/** The commands of the page, with what it says that they print. */
function commands(): { words: string[]; output: string[] }[] {
  const page = readFileSync(join(ROOT, "docs/admin.md"), "utf8");
  const blocks = [...page.matchAll(/```console\n([^]*?)```/g)].map(([, block]) => block);
  return blocks.flatMap((block) => block.split(/^\$ geartrain /m).slice(1)).map((text) => {
    const [line, ...output] = text.trimEnd().split("\n");
    return { words: line.split(" "), output };
  });
}

/** What is the same in every run: not handles, ports, numbers of connections, and versions. */
function lasting(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line.replace(/H:gear1:\w{20,}/, "HANDLE").replace(/^(OK )?\d+\.\d+\.\d+\S*$/, "VERSION")
      .replaceAll(/127\.0\.0\.1:\d+/g, "ADDRESS")
      .replace(/^ +\d+ +127/, "NUMBER 127").replaceAll(/ +/g, " ").trimEnd()
  );
}

test("docs/admin.md shows what geartrain prints", async () => {
  await using server = startServe(["--job-handle-prefix", "H:gear1"]);
  const port = await server.port();
  using thumbs = await RawPeer.connect(port);
  using mailer = await RawPeer.connect(port);
  using client = await RawPeer.connect(port);
  thumbs.packet("SET_CLIENT_ID", "thumbs-1").packet("CAN_DO", "resize").packet("CAN_DO", "crop");
  mailer.packet("SET_CLIENT_ID", "mailer").packet("CAN_DO", "send-mail");
  const submit = async (type: string, func: string, unique: string) => {
    await client.packet(type, func, unique, "x").expect("JOB_CREATED");
  };
  await submit("SUBMIT_JOB_HIGH_BG", "resize", "photo-1");
  await submit("SUBMIT_JOB", "resize", "photo-2");
  await submit("SUBMIT_JOB_LOW_BG", "resize", "photo-3");
  await submit("SUBMIT_JOB_BG", "send-mail", "newsletter");
  await submit("SUBMIT_JOB_BG", "invoice", "2026-11");
  await thumbs.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
  await mailer.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);

  const shown = commands();
  assert(shown.length > 12);
  for (const { words, output } of shown) {
    const { stdout, stderr } = await runProgram([...words, "-p", `${port}`]);
    const printed = [...stdout.split("\n").slice(0, -1), ...stderr];
    assertEquals(lasting(printed), lasting(output), words.join(" "));
  }
});
