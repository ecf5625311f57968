import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { startServe } from "../support/program.ts";
import { program as programOf, testWith } from "../support/programs.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-notify-"));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Listens on a datagram socket, says so, and prints what comes. */
const RECEIVER = `
use IO::Socket::UNIX; $| = 1;
my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!;
print "listening\\n";
while (defined $socket->recv(my $text, 4096)) { print join(" ", split /\\n/, $text), "\\n" }
`;

/** A service manager: the messages that it gets, and how to end it. */
function serviceManager(path: string): { messages: AsyncIterator<string>; end: () => void } {
  const child = spawn("perl", ["-e", RECEIVER, path], { stdio: ["ignore", "pipe", "inherit"] });
  const messages = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { messages, end: () => child.kill("SIGKILL") };
}

/** The next message that is one of the program's own. */
async function nextMessage(messages: AsyncIterator<string>): Promise<string> {
  for (;;) {
    const { value, done } = await messages.next();
    assert(!done, "the service manager has ended");
    // systemd-notify asks by another message whether the first has been read.
    if (value !== "BARRIER=1") return value;
  }
}

describe("A service manager", () => {
  const needed = [programOf("systemd-notify", "systemd"), programOf("perl", "perl-base")];
  testWith(needed, "is told when the server listens, and when it stops", async () => {
    const path = join(directory, "notify.sock");
    const { messages, end } = serviceManager(path);
    try {
      assertEquals((await messages.next()).value, "listening");
      await using program = startServe([], { NOTIFY_SOCKET: path });
      const port = await program.port();
      const ready = await nextMessage(messages);
      assertEquals(
        ready,
        `READY=1 STATUS=Serves on 127.0.0.1:${port} MAINPID=${program.pid}`,
      );
      program.kill("SIGTERM");
      assertEquals(await nextMessage(messages), `STOPPING=1 MAINPID=${program.pid}`);
      assertEquals((await program.end).status, 0);
    } finally {
      end();
    }
  });

  testWith(needed, "is told meanwhile that stored jobs are read", async () => {
    const path = join(directory, "reading.sock");
    const { messages, end } = serviceManager(path);
    try {
      assertEquals((await messages.next()).value, "listening");
      const store = `sqlite:${join(directory, "queue.db")}`;
      await using program = startServe(["--store", store], { NOTIFY_SOCKET: path });
      await program.port();
      assertMatch(await nextMessage(messages), /^STATUS=Reads stored jobs /);
      assertMatch(await nextMessage(messages), /^READY=1 STATUS=Serves on /);
    } finally {
      end();
    }
  });

  test("that cannot be told is named in the log, and the server serves", async () => {
    const broken = join(directory, "systemd-notify");
    writeFileSync(broken, "#!/bin/sh\nexit 3\n");
    chmodSync(broken, 0o755);
    await using program = startServe(["--verbose", "WARNING"], {
      NOTIFY_SOCKET: "/nowhere",
      PATH: `${directory}:${process.env.PATH}`,
    });
    await program.port();
    assertMatch(await program.line(/READY=1/), /systemd-notify ended with status 3/);
    program.kill("SIGTERM");
    assertEquals((await program.end).status, 0);
  });

  test("is not looked for without NOTIFY_SOCKET", async () => {
    await using program = startServe(["--verbose", "WARNING"], { PATH: directory });
    await program.port();
    program.kill("SIGTERM");
    const { status, stderr } = await program.end;
    assertEquals([status, stderr.length], [0, 1], stderr.join("\n"));
  });
});
