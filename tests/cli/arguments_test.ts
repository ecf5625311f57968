import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { givenByArguments, settingsOf } from "../../cli/options/arguments.ts";
import { OptionError } from "../../options/kinds.ts";
import { merged, SERVE_OPTIONS, type ServeSettings } from "../../cli/serve/options.ts";
import { optionNamed, spellings } from "../../cli/options/option.ts";

/** Each spelling, a value, and what it sets. */
const GOOD: [args: string, settings: ServeSettings][] = [
  ["-p 4731", { port: 4731 }],
  ["-p4731", { port: 4731 }],
  ["-p=4731", { port: 4731 }],
  ["--port=0", { port: 0 }],
  ["--port 65535", { port: 65535 }],
  ["-L 127.0.0.1", { listen: [{ host: "127.0.0.1", port: undefined }] }],
  ["-Llocalhost", { listen: [{ host: "localhost", port: undefined }] }],
  ["--listen a:1 --listen [::1]:2", { listen: [{ host: "a", port: 1 }, { host: "::1", port: 2 }] }],
  ["--listen unix:/run/g", { listen: [{ path: "/run/g" }] }],
  ["--listen-mode 0660", { listenMode: 0o660 }],
  ["--listen-mode=666", { listenMode: 0o666 }],
  ["--listen-mode 0o600", { listenMode: 0o600 }],
  ["--listen-group www-data", { listenGroup: "www-data" }],
  ["-b 32", { backlog: 32 }],
  ["--backlog 32", { backlog: 32 }],
  ["--accept 5", { accept: 5 }],
  ["--keepalive", { keepalive: true }],
  ["--keepalive=false", { keepalive: false }],
  ["--keepalive-idle 60", { keepaliveIdle: 60 }],
  ["--keepalive-idle 2m", { keepaliveIdle: 120 }],
  ["--keepalive-interval -1", { keepaliveInterval: -1 }],
  ["--keepalive-count 5", { keepaliveCount: 5 }],
  ["-j 3", { jobRetries: 3 }],
  ["-j -1", { jobRetries: -1 }],
  ["-j-1", { jobRetries: -1 }],
  ["--job-retries 255", { jobRetries: 255 }],
  ["--job-handle-prefix H:x", { jobHandlePrefix: "H:x" }],
  ["--exceptions", { exceptions: true }],
  ["--history", { history: true }],
  ["--http 4780", { http: [{ host: "127.0.0.1", port: 4780 }] }],
  ["--http-token-file /etc/t", { httpTokenFile: "/etc/t" }],
  ["--http-read-only", { httpReadOnly: true }],
  ["--http-payloads", { httpPayloads: true }],
  ["--http-name queue.example", { httpNames: ["queue.example"] }],
  ["--http-metric-functions 10", { httpMetricFunctions: 10 }],
  ["--slo f*=wait:5s,run:30s", { targets: [{ function: "f*", wait: 5, run: 30 }] }],
  ["--schedule-timezone UTC", { scheduleTimezone: "UTC" }],
  ["--max-schedules 5", { maxSchedules: 5 }],
  ['--policy f={"retry":{"max":1}}', { policies: { f: { retry: { max: 1 } } } }],
  [
    '--schedule {"name":"n","every":"1h","function":"f"}',
    { schedules: [{ name: "n", every: 3600, function: "f" }] },
  ],
  ["-w 0", { wakeup: -1 }],
  ["--worker-wakeup 2", { wakeup: 2 }],
  ["--wakeup 0", { wakeup: 0 }],
  ["--wakeup -1", { wakeup: -1 }],
  ["--wakeup-delay .5", { wakeupDelay: 0.5 }],
  ["--wakeup-delay=-1", { wakeupDelay: -1 }],
  ["--wakeup-delay 100ms", { wakeupDelay: 0.1 }],
  ["--allow-shutdown", { allowShutdown: true }],
  ["--max-queue f=1 --max-queue g=h=2", { maxQueue: { f: 1, "g=h": 2 } }],
  ["--max-queue f=1,2", { maxQueue: { f: { high: 1, normal: 2, low: 0 } } }],
  ["--max-queue f=1,2,3", { maxQueue: { f: { high: 1, normal: 2, low: 3 } } }],
  ["--max-connections 10", { maxConnections: 10 }],
  ["--receive-limit 1M", { receiveLimit: 1024 ** 2 }],
  ["--max-jobs 10", { maxJobs: 10 }],
  ["--max-job-memory 1G", { maxJobMemory: 1024 ** 3 }],
  ["--max-result-memory 1M", { maxResultMemory: 1024 ** 2 }],
  ["--max-functions 10", { maxFunctions: 10 }],
  [
    '--policy mail-*={"keep-result":"1h"}',
    { policies: { "mail-*": { keepResult: "1h" } } },
  ],
  ["-f 1024", { fileDescriptors: 1024 }],
  ["--file-descriptors 1024", { fileDescriptors: 1024 }],
  ["--max-packet-size 64K", { maxPacketSize: 65536 }],
  ["--max-packet-size 1.5MiB", { maxPacketSize: 1572864 }],
  ["--max-unsent 1G", { maxUnsent: 2 ** 30 }],
  ["-d", { daemon: true }],
  ["--daemon", { daemon: true }],
  ["--daemonize", { daemon: true }],
  ["-P /run/p", { pidFile: "/run/p" }],
  ["--pid-file /run/p", { pidFile: "/run/p" }],
  ["--pidfile=/run/p", { pidFile: "/run/p" }],
  ["-u gearman", { user: "gearman" }],
  ["--user gearman", { user: "gearman" }],
  ["--stop-timeout 30", { stopTimeout: 30 }],
  ["--stop-timeout=.5", { stopTimeout: 0.5 }],
  ["--stop-timeout 2m", { stopTimeout: 120 }],
  ["--stop-timeout 1.1s", { stopTimeout: 1.1 }],
  ["--config-file /etc/g", { configFile: "/etc/g" }],
  ["--check-args", { checkArgs: true }],
  ["-l stderr", { logFile: "stderr" }],
  ["--log-file /var/log/g=1", { logFile: "/var/log/g=1" }],
  ["--verbose INFO", { verbose: "INFO" }],
  ["--verbose info", { verbose: "INFO" }],
  ["--debug", { verbose: "DEBUG" }],
  ["--debug=1", { verbose: "DEBUG" }],
  ["--log-format json", { logFormat: "json" }],
  ["--syslog", { syslog: true }],
  ["-V", { version: true }],
  ["--version", { version: true }],
  ["-h", { help: true }],
  ["-?", { help: true }],
  ["--help", { help: true }],
  ["-R", { withoutEffect: ["round-robin"] }],
  ["--round-robin", { withoutEffect: ["round-robin"] }],
  ["-t 4", { withoutEffect: ["threads"] }],
  ["--threads 4 --hashtable-buckets=991 --coredump", {
    withoutEffect: ["threads", "hashtable-buckets", "coredump"],
  }],
  ["-q builtin", { queueType: "builtin" }],
  ["--queue-type Builtin", { queueType: "builtin" }],
  ["-q libsqlite3 --libsqlite3-db q.db", { queueType: "libsqlite3", libsqlite3Db: "q.db" }],
  ["--store sqlite:/var/lib/q.db", { store: { file: "/var/lib/q.db" } }],
  ["--store postgres://gt@db/jobs?schema=gt", {
    store: { url: "postgres://gt@db/jobs?schema=gt" },
  }],
  ["--store postgresql://gt@db/jobs", { store: { url: "postgresql://gt@db/jobs" } }],
  ["--store-password-file /etc/pw", { storePasswordFile: "/etc/pw" }],
  ["--no-migrate", { noMigrate: true }],
  ["--sync always", { sync: "always" }],
  ["--sync OFF", { sync: "off" }],
  ["--sync 10ms", { sync: 10 }],
  ["--sync 250", { sync: 250 }],
  ["--sync 1.1s", { sync: 1100 }],
  ["--memory-limit 1G", { memoryLimit: 1024 ** 3 }],
  ["--jobs-in-memory 1000", { jobsInMemory: 1000 }],
  ["--store-timeout 500ms", { storeTimeout: 0.5 }],
  ["--server-name web1", { serverName: "web1" }],
  ["-dp 4731", { port: 4731, daemon: true }],
  ["-dRp4731", { port: 4731, daemon: true, withoutEffect: ["round-robin"] }],
];

/** What cannot be, and words that the complaint must contain. */
type WrongArgs = [args: string, ...words: string[]];

const BAD: WrongArgs[] = [
  ["--port", "-p/--port", "needs a value"],
  ["-p", "-p/--port", "needs a value"],
  ["--port=", "-p/--port", "needs a value"],
  ["--port --daemon", "-p/--port", "needs a value"],
  ["-p 99999", "-p/--port", "99999", "65535"],
  ["-p 65536", "-p/--port", "65536"],
  ["-p -1", "-p/--port", "-1"],
  ["-p no-such-service", "-p/--port", "no-such-service"],
  ["-L a:b:c", "--listen", "a:b:c"],
  ["-L unix:", "--listen", "unix:"],
  ["-L [1.2.3.4]:1", "--listen", "1.2.3.4"],
  ["-L host:70000", "--listen", "70000"],
  ["--listen-mode 0668", "--listen-mode", "0668"],
  ["--listen-mode 4755", "--listen-mode", "4755"],
  ["-b 0", "--backlog", "0"],
  ["--accept 0", "--accept"],
  ["-j 256", "-j/--job-retries", "256", "255"],
  ["-j -2", "-j/--job-retries", "-2"],
  ["-j 1.5", "-j/--job-retries", "1.5"],
  ["-j 1e2", "-j/--job-retries", "1e2"],
  [`--job-handle-prefix ${"x".repeat(37)}`, "--job-handle-prefix", "36"],
  [`--job-handle-prefix ${"ä".repeat(19)}`, "--job-handle-prefix", "36"],
  ["-w -1", "-w/--worker-wakeup", "-1"],
  ["--wakeup -2", "--wakeup", "-2"],
  ["--wakeup 1 -w 1", "--worker-wakeup", "--wakeup"],
  ["--wakeup-delay -2", "--wakeup-delay", "-2"],
  ["--wakeup-delay soon", "--wakeup-delay", "soon"],
  ["--max-queue f", "--max-queue", "FUNC=N"],
  ["--max-queue =1", "--max-queue", "FUNC=N"],
  ["--max-queue f=1,2,3,4", "--max-queue"],
  ["--max-queue f=-1", "--max-queue"],
  ["--max-connections 0", "--max-connections"],
  ["--receive-limit 0", '--receive-limit: must be from 1 byte to 8 PiB, not "0"'],
  ["--receive-limit x", "--receive-limit: must be a number of bytes such as", 'not "x"'],
  ["--max-job-memory 0", '--max-job-memory: must be from 1 byte to 8 PiB, not "0"'],
  ["--max-job-memory -1", "--max-job-memory: must be a number of bytes such as", 'not "-1"'],
  ...["--max-jobs", "--max-functions", "--jobs-in-memory"].flatMap((option) => [
    ...["0", "-1", "x", "1.5", "64M"].map((value): WrongArgs => [
      `${option} ${value}`,
      `${option}: must be an integer >= 1, not "${value}"`,
    ]),
    [
      `${option} 99999999999999999999`,
      `${option}: must be an integer from 1 to 9007199254740991, not "99999999999999999999"`,
    ] satisfies WrongArgs,
  ]),
  ["-f x", "-f/--file-descriptors"],
  ["--stop-timeout 0", "--stop-timeout", "0"],
  ["--stop-timeout never", "--stop-timeout", "never"],
  ["--stop-timeout 5w", "--stop-timeout: must be a number of seconds > 0, or a time such as"],
  ["--keepalive-idle 100ms", "--keepalive-idle: must be an integer from -1 to 32767"],
  ["--max-packet-size 4G", "--max-packet-size: must be from 1 byte to 4294967295 bytes"],
  ["--max-packet-size 1T", "--max-packet-size", "1T"],
  ["--max-packet-size 0", "--max-packet-size"],
  ["--verbose LOUD", "--verbose", "LOUD", "WARNING"],
  ["--debug --verbose INFO", "--debug", "--verbose"],
  ["--log-format xml", "--log-format", "xml", "json"],
  ["--daemon=5", "--daemon", "no value"],
  ["--help=yes", "--help", "no value"],
  ["-d -d", "-d/--daemon/--daemonize"],
  ["-d --daemonize", "-d/--daemon/--daemonize"],
  ["-p 1 --port 2", "-p/--port", "2 times"],
  ["-P a --pidfile b", "--pid-file/--pidfile", "2 times"],
  ["--foo", "unknown option --foo"],
  ["--foo=3", "unknown option --foo"],
  ["--por 1", "unknown option --por"],
  ["--p 1", "unknown option --p"],
  ["--no-daemon", "unknown option --no-daemon"],
  ["--constructor", "unknown option --constructor"],
  ["--__proto__=1", "unknown option --__proto__"],
  ["--port.a=1", "unknown option --port.a"],
  ["-x", "unknown option -x"],
  ["-dx", "unknown option -x"],
  ["stop", 'unexpected argument "stop"'],
  ["-d true", 'unexpected argument "true"'],
  ["4730", 'unexpected argument "4730"'],
  ["-- -p 1", 'unexpected argument "-p"'],
  ["-", 'unexpected argument "-"'],
  ["-q redis", "-q/--queue-type", "redis"],
  ["--queue-type=MySQL", "-q/--queue-type", "MySQL"],
  ["--ssl", "--ssl", "not support"],
  ["--ssl-key /k", "--ssl-key", "not support"],
  ["-r http", "-r/--protocol", "not support"],
  ["--http-port 8080", "--http-port", "not support"],
  ["--http 70000", "--http"],
  ["--http-metric-functions many", "--http-metric-functions"],
  ["--slo f=wait:soon", "--slo"],
  ["--redis-server=a", "--redis-server", "not support"],
  ["--store queue.db", "--store", "queue.db", "sqlite:FILE"],
  ["--store redis:x", "--store", "redis"],
  ["--store postgres://db/jobs", "--store", "names no user"],
  ["--store postgres:jobs", "--store", "no kind of store"],
  ["--store postgres://gt@db/jobs?sslmode=maybe", "--store", "sslmode", "maybe"],
  ["--store sqlite:", "--store", "sqlite:FILE"],
  ["--sync 0ms", "--sync", "0ms", "always"],
  ["--sync sometimes", "--sync", "sometimes"],
  ["--sync 61000", "--sync", "60000ms"],
  ["--memory-limit x", "--memory-limit", "x"],
  ["--libsqlite3-db=", "--libsqlite3-db", "needs a value"],
  ["--store-queue-on-shutdown", "--store-queue-on-shutdown", "not support"],
];

describe("The command line of geartrain serve", () => {
  for (const [args, settings] of GOOD) {
    test(`${args} is understood`, () => {
      assertEquals(
        settingsOf<ServeSettings>(givenByArguments(SERVE_OPTIONS, words(args))),
        settings,
      );
    });
  }
  for (const [args, ...parts] of BAD) {
    test(`${args} is refused in one line that names it`, () => {
      const { message } = assertThrows(
        () => settingsOf<ServeSettings>(givenByArguments(SERVE_OPTIONS, words(args))),
        OptionError,
      );
      for (const part of parts) assertStringIncludes(message, part);
      assert(!message.includes("\n"), message);
    });
  }

  test("an argument that looks like a flag's value stays an argument of its own", () => {
    const { message } = assertThrows(
      () => givenByArguments(SERVE_OPTIONS, ["--exceptions", "false"]),
      OptionError,
    );
    assertStringIncludes(message, "false");
  });

  test("values may have spaces, equals signs and line ends", () => {
    const { logFile } = settingsOf<ServeSettings>(
      givenByArguments(SERVE_OPTIONS, ["--log-file", "a b=c\nd"]),
    );
    assertEquals(logFile, "a b=c\nd");
  });

  test("a handle prefix with a space or a NUL is refused", () => {
    for (const prefix of ["a b", "a\0", "a\n"]) {
      const given = givenByArguments(SERVE_OPTIONS, [`--job-handle-prefix=${prefix}`]);
      assertThrows(() => settingsOf<ServeSettings>(given), OptionError, "--job-handle-prefix");
    }
  });
});

describe("The table of options", () => {
  test("has every name once", () => {
    const names = SERVE_OPTIONS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    assertEquals(names.length, new Set(names).size);
  });

  test("has every spelling of both gearmands", () => {
    const gearmand = "backlog b daemon d exceptions file-descriptors f help h job-retries j " +
      "job-handle-prefix hashtable-buckets keepalive keepalive-idle keepalive-interval " +
      "keepalive-count log-file l listen L pid-file P protocol r round-robin R queue-type q " +
      "config-file syslog coredump threads t user u verbose version V worker-wakeup w check-args " +
      "http-port port p ssl ssl-ca-file ssl-certificate ssl-key";
    const perl = "daemonize d port p listen L pidfile debug accept wakeup wakeup-delay version V " +
      "help ?";
    const missing = `${gearmand} ${perl}`.split(" ").filter((name) =>
      !optionNamed(SERVE_OPTIONS, name)
    );
    assertEquals(missing, []);
  });

  test("every option is tried here", () => {
    const tried = [...GOOD, ...BAD].flatMap(([args]) => args.split(" "));
    for (const option of SERVE_OPTIONS.filter(({ group }) => group !== "Not supported")) {
      const names = spellings(option).split("/");
      for (const name of names) {
        assert(tried.some((word) => word.startsWith(name)), `${name} is not tried`);
      }
    }
  });

  test("what is said first wins as a whole, and what is without effect adds up", () => {
    const first = { port: 1, withoutEffect: ["threads"] };
    const second = { port: 2, accept: 3, withoutEffect: ["coredump", "threads"] };
    assertEquals(merged(first, second), {
      port: 1,
      accept: 3,
      withoutEffect: ["threads", "coredump"],
    });
  });
});

function words(args: string): string[] {
  return args.split(" ");
}
