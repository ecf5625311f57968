import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readConfigFile } from "../../cli/serve/config_file.ts";
import { OptionError } from "../../options/kinds.ts";
import type { ServeSettings } from "../../cli/serve/options.ts";
import { settingsOf } from "../../cli/options/arguments.ts";

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
      'listen-mode = "0660"',
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
      listenMode: 0o660,
    });
  });

  test("has limits of queues as a table, as lists by priority, or as words", () => {
    const byTable = '[max-queue]\nf = 5\n"a b" = [1, 2, 3]\ng = { high = 9 }';
    assertEquals(settings(byTable).maxQueue, {
      f: 5,
      "a b": { high: 1, normal: 2, low: 3 },
      g: { high: 9, normal: 0, low: 0 },
    });
    assertEquals(settings('max-queue = "f=5"').maxQueue, { f: 5 });
    const slo = '[[slo]]\nfunction = "mail-*"\nwait = "5s"\nrun = 30\n' +
      '[[slo]]\nfunction = "a=b"\nrun = "500ms"';
    const targets = [{ function: "mail-*", wait: 5, run: 30 }, { function: "a=b", run: 0.5 }];
    assertEquals(settings(slo).targets, targets);
    assertEquals(settings('slo = ["mail-*=wait:5,run:30s", "a=b=run:500ms"]').targets, targets);
    assertEquals(settings('max-queue = ["f=5", "g=6"]').maxQueue, { f: 5, g: 6 });
  });

  test("may be empty", () => {
    assertEquals(settings(""), {});
    assertEquals(settings("# nothing\n\n"), {});
  });

  test("is refused with the option that is wrong", () => {
    refused("prot = 1", "unknown option prot; did you mean port?");
    refused("p = 1", "unknown option p");
    refused("port = 99999", "port", "99999");
    refused("port = [1, 2]", "port");
    refused('port = "a"', "port");
    refused("port = { a = 1 }", "port");
    refused("port = 2026-01-01", "port");
    refused("daemon = 1", "daemon");
    refused("listen-mode = 0o660", "listen-mode", '"0660"');
    refused("wakeup = 1\nworker-wakeup = 1", "wakeup", "worker-wakeup");
    refused("pid-file = 'a'\npidfile = 'b'", "pidfile");
    refused("[max-queue]\nf = { hi = 1 }", "max-queue", "hi");
    refused("[max-queue]\nf = -1", "max-queue");
    refused("[[slo]]\nwait = 5", "slo", "function");
    refused('[[slo]]\nfunction = "f"\nwiat = 5', "slo", "wiat");
    refused('[[slo]]\nfunction = "f"', "slo");
    refused('[[slo]]\nfunction = "f"\nwait = "soon"', "slo", "soon");
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
    const { given, ignored } = readConfigFile(file("[gearmand]\nport=1\n--port=4731 x\nx x\n"));
    assertEquals(settingsOf<ServeSettings>(given), { port: 4731 });
    const words = ["line 1 [gearmand]", "line 2 port", "line 3 x", "line 4 x", "line 4 x"];
    assertEquals(ignored, words);
  });

  test("is refused with the option that is wrong", () => {
    refused("--prot=1", "unknown option --prot");
    refused("--port=99999", "-p/--port", "99999");
    refused("--port", "-p/--port", "needs a value");
    refused("--port=1 --port=2", "-p/--port");
    refused("--check-args", "check-args", "command line");
  });
});

test("a byte order mark at the begin of a configuration file is passed over", () => {
  assertEquals(settings("\ufeffport = 4731"), { port: 4731 });
  assertEquals(settings("\ufeff--port=4731"), { port: 4731 });
});

describe("A configuration file under the name gearmand", () => {
  /** What it sets, and what of it is ignored. */
  function forgiven(text: string): [ServeSettings, readonly string[]] {
    const { given, ignored } = readConfigFile(file(text), true);
    return [settingsOf<ServeSettings>(given), ignored];
  }

  const FORGIVEN: [what: string, text: string, settings: ServeSettings, ...ignored: string[]][] = [
    ["TOML", "port = 4731\n", { port: 4731 }],
    [
      "a section of an INI file that is TOML too",
      "# C passes over it\n[gearmand]\nport=4731\n[other]\nport=2",
      {},
      ...["line 2 gearmand", "line 4 other"],
    ],
    ["keys of TOML that are no options", 'port = 1\n"listen-on" = 2\nx.y = 3', { port: 1 }, ...[
      "line 2 listen-on",
      "line 3 x",
    ]],
    [
      "an INI file",
      "[gearmand]\r\nport=4731\r\n\r\n; a comment\nlog-file = /var/log/g.log\n",
      {},
      ...["line 1 [gearmand]", "line 2 port", "line 4 ;", "line 5 log-file"],
    ],
    ["words without dashes", "port 4731\nlisten localhost", {}, "line 1 port", "line 2 listen"],
    ["a shell's variables", 'PORT=4731\nexport LISTEN=a\n\nOPTS="--port=1"\n', {}, ...[
      "line 1 PORT",
      "line 2 export",
      "line 4 OPTS",
    ]],
    [
      "a shell's variable of several lines",
      '# PARAMS="-x\nPARAMS="--listen=localhost \\\n --daemon \\\n --port=1"\n--port=2\n',
      { port: 2 },
      "line 2 PARAMS",
    ],
    [
      "options of other versions of gearmand",
      "--port=4731\n--libdrizzle-host=db --new 7\n-x\n",
      { port: 4731 },
      ...["line 2 --libdrizzle-host", "line 2 --new", "line 2 7", "line 3 -x"],
    ],
    [
      "details of what is not asked for",
      "--http-port=8080\n--mysql-host=localhost --mysql-port=3306\n--store-queue-on-shutdown",
      {},
      ...["line 1 --http-port", "line 2 --mysql-host", "line 2 --mysql-port"],
      "line 3 --store-queue-on-shutdown",
    ],
    ["the same in TOML", 'redis-server = "a"', {}, "line 1 redis-server"],
  ];
  for (const [what, text, expected, ...ignored] of FORGIVEN) {
    test(`may be or have what gearmand does not look at: ${what}`, () => {
      assertEquals(forgiven(text), [expected, ignored]);
    });
  }

  test("is refused for what it does ask for and does not get", () => {
    const wrong: [text: string, part: string][] = [
      ["--port=99999", "99999"],
      ["--verbose=LOUD", "LOUD"],
      ["--port=1 --port=2", "-p/--port"],
      ["port = 99999", "99999"],
      ["--protocol=http", "not support"],
      ["--ssl\n--ssl-key=/k", "not support"],
      ["--queue-type=MySQL\n--mysql-host=a", "MySQL"],
      ["--check-args", "command line"],
    ];
    for (const [text, part] of wrong) {
      assertStringIncludes(assertThrows(() => forgiven(text), OptionError).message, part);
    }
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
