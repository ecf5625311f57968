import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readConfigFile } from "../../cli/serve/config_file.ts";
import { OptionError } from "../../cli/options/option_error.ts";
import type { ServeSettings } from "../../cli/serve/settings.ts";
import { settingsOf } from "../../cli/options/settings.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-config-"));
after(() => rmSync(directory, { recursive: true }));
let files = 0;

function file(text: string): string {
  const path = join(directory, `config-${++files}`);
  writeFileSync(path, text);
  return path;
}

function settings(text: string): ServeSettings {
  return settingsOf<ServeSettings>(readConfigFile(file(text)).given);
}

function refused(text: string, ...parts: string[]): void {
  const path = file(text);
  const { message } = assertThrows(
    () => settingsOf<ServeSettings>(readConfigFile(path).given),
    OptionError,
  );
  for (const part of [path, ...parts]) assertStringIncludes(message, part);
  assert(!message.includes("\n"), message);
}

describe("A configuration file in TOML", () => {
  test("has the long names of options as keys, other names too", () => {
    const text = [
      "# a comment",
      "port = 4731",
      'listen = ["127.0.0.1", "unix:/run/gearmand.sock"]',
      "exceptions = true",
      "daemonize = false",
      'max-packet-size = "1M"',
      "wakeup-delay = 0.5",
      "job-retries = -1",
      'verbose = "INFO"',
    ];
    assertEquals(settings(text.join("\n")), {
      port: 4731,
      listen: [{ host: "127.0.0.1", port: undefined }, { path: "/run/gearmand.sock" }],
      exceptions: true,
      daemon: false,
      maxPacketSize: 1048576,
      wakeupDelay: 0.5,
      jobRetries: -1,
      verbose: "INFO",
    });
  });

  test("has limits of queues as a table, as lists by priority, or as words", () => {
    const byTable = '[max-queue]\nf = 5\n"a b" = [1, 2, 3]\ng = { high = 9 }';
    assertEquals(settings(byTable).maxQueue, [
      ["f", 5],
      ["a b", { high: 1, normal: 2, low: 3 }],
      ["g", { high: 9, normal: 0, low: 0 }],
    ]);
    assertEquals(settings('max-queue = "f=5"').maxQueue, [["f", 5]]);
    assertEquals(settings('max-queue = ["f=5", "g=6"]').maxQueue, [["f", 5], ["g", 6]]);
  });

  test("may be empty", () => {
    assertEquals(settings(""), {});
    assertEquals(settings("# nothing\n\n"), {});
  });

  test("is refused with the option that is wrong", () => {
    refused("prot = 1", "unknown option prot");
    refused("p = 1", "unknown option p");
    refused("port = 99999", "port", "99999");
    refused("port = [1, 2]", "port");
    refused('port = "a"', "port");
    refused("port = { a = 1 }", "port");
    refused("port = 2026-01-01", "port");
    refused("daemon = 1", "daemon");
    refused("wakeup = 1\nworker-wakeup = 1", "wakeup", "worker-wakeup");
    refused("pid-file = 'a'\npidfile = 'b'", "pidfile");
    refused("[max-queue]\nf = { hi = 1 }", "max-queue", "hi");
    refused("[max-queue]\nf = -1", "max-queue");
    refused("help = true", "help", "command line");
    refused('config-file = "x"', "config-file", "command line");
    refused("ssl = true", "ssl", "not support");
    refused('queue-type = "MySQL"', "queue-type", "MySQL");
  });

  test("is refused with the line where it is no TOML", () => {
    refused("port = 1\nlisten = [", "line 2");
    refused("port = 1\nport = 2", "line 2");
    refused("port 4730", "line 1");
  });
});

describe("A configuration file in gearmand's words", () => {
  test("has options as the command line has them, in any distribution over lines", () => {
    const text =
      "--port=4731 --listen 127.0.0.1\n\t-L ::1\n--exceptions\n--job-retries\n-1\n-t 4\n";
    assertEquals(settings(text), {
      port: 4731,
      listen: [{ host: "127.0.0.1", port: undefined }, { host: "::1" }],
      exceptions: true,
      jobRetries: -1,
      withoutEffect: ["threads"],
    });
  });

  test("may have comments", () => {
    const text = "# --port=1\n--port=4731 # --daemon\n#--syslog\n";
    assertEquals(settings(text), { port: 4731 });
  });

  test("may have words that belong to no option, which are told of", () => {
    const { given, strayWords } = readConfigFile(file("[gearmand]\nport=1\n--port=4731\n"));
    assertEquals(settingsOf<ServeSettings>(given), { port: 4731 });
    assertEquals(strayWords, ["[gearmand]", "port=1"]);
  });

  test("is refused with the option that is wrong", () => {
    refused("--prot=1", "unknown option --prot");
    refused("--port=99999", "-p/--port", "99999");
    refused("--port", "-p/--port", "needs a value");
    refused("--port=1 --port=2", "-p/--port");
    refused("--check-args", "check-args", "command line");
  });
});

describe("A configuration file that cannot be read", () => {
  test("is refused with its name", () => {
    for (const path of [join(directory, "missing"), directory]) {
      const { message } = assertThrows(() => readConfigFile(path), OptionError);
      assertStringIncludes(message, path);
    }
  });
});
