/**
 * The options of `geartrain serve`: those of the server's table, and those that only a command line has.
 * Parsing, the configuration file, the help, the manual page, completions and the test of
 * docs/configuration.md follow these tables.
 *
 * @module
 */

import { DEFAULT_PORT } from "../../client/server_address.ts";
import { flag, integer, type Kind, oneOf, text, wholeSeconds, wrong } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { LOG_LEVELS, type LogLevel } from "../../router/mod.ts";
import { SERVER_OPTIONS, type ServerOptions } from "../../server/options.ts";
import { type AnyOption, optionsOf } from "../options/option.ts";
import { port, storePlace, syncTime } from "../options/kinds.ts";
import { STORE_PASSWORD_FILE } from "../options/store_password.ts";
import { GEARMAND_OPTIONS } from "./gearmand_options.ts";
import { parseHttpAddress, parseListenAddress } from "./listen_address.ts";
import { LOG_FORMATS } from "./log_line.ts";

const fileMode: Kind<number> = {
  label: "MODE",
  parse(text) {
    if (/^(0o?)?[0-7]{3}$/.test(text)) return Number.parseInt(text.slice(-3), 8);
    throw wrong(text, "an octal mode such as 0660");
  },
};

const debugLevel: Kind<LogLevel> = {
  label: "0|1",
  parse(text) {
    const wanted = oneOf("", ["", "0", "1", "true", "false"]).parse(text);
    return wanted === "0" || wanted === "false" ? "ERROR" : "DEBUG";
  },
};

/** Every option, in the order of the help. Types are of those that programs do not have. */
export const SERVE_ROWS = {
  ...inGroup("Listening", {
    port: {
      aliases: ["p"],
      variable: "GEARMAND_PORT",
      kind: port,
      default: DEFAULT_PORT,
      help: "TCP port, as a number or a service name; 0 takes any free port.",
    },
    listen: {
      aliases: ["L"],
      repeatable: true,
      kind: { label: "ADDRESS", parse: (text) => [parseListenAddress(text)] },
      defaultText: "all IPv4 and IPv6 addresses",
      help: "Listen there only: HOST, HOST:PORT, [IPV6]:PORT, or unix:PATH for a unix socket. " +
        "A name with several addresses stands for all of them. May be repeated.",
    },
    listenMode: {
      kind: fileMode,
      defaultText: "that of the umask; 0660 with --listen-group",
      help:
        "Who may connect to the unix sockets: their permission bits in octal, such as 0660 or 0666.",
    },
    listenGroup: {
      kind: text("GROUP"),
      defaultText: "that of the process",
      help:
        "The group of the unix sockets, by name or number. A server that root does not run must be " +
        "in that group.",
    },
    backlog: {
      aliases: ["b"],
      kind: integer(1, 65535),
      default: 1024,
      help: "How many connections may wait to be accepted. On Bun it is always 512.",
    },
    accept: {
      kind: integer(1),
      defaultText: "as Deno decides",
      help: "How many waiting connections are accepted before the others are served. Not on Bun.",
    },
    keepalive: {
      kind: flag,
      default: true,
      help: "TCP keepalive on accepted connections, so that dead peers are noticed; " +
        "--keepalive=false switches it off.",
    },
    // gearmand writes -1 for what the system has.
    keepaliveIdle: {
      kind: wholeSeconds(32767),
      default: -1,
      help:
        "Idle time before the first probe; -1 leaves it to the system. Without effect on Deno, " +
        "which cannot set it.",
    },
    keepaliveInterval: {
      kind: wholeSeconds(32767),
      default: -1,
      help: "Time between probes; -1 leaves it to the system, and so do Deno and Bun.",
    },
    keepaliveCount: {
      kind: integer(-1, 32767),
      default: -1,
      help:
        "Unanswered probes after which a connection is dead; -1 leaves it to the system, and so " +
        "do Deno and Bun.",
    },
  }),
  ...ofServer("Jobs and workers"),
  ...inGroup("Jobs and workers", {
    workerWakeup: {
      sets: "wakeup",
      aliases: ["w"],
      kind: { label: "N", parse: (text) => integer(0).parse(text) || -1 },
      help: "The same as --wakeup, in the words of the C gearmand: 0 wakes all.",
    },
  }),
  ...inGroup("HTTP", {
    http: {
      repeatable: true,
      kind: { label: "ADDRESS", parse: (text) => [parseHttpAddress(text)] },
      defaultText: "none",
      help:
        "Serve metrics, health and a JSON API by HTTP there: PORT of this machine only, HOST:PORT, " +
        "[IPV6]:PORT, *:PORT for all addresses, or unix:PATH. Beyond this machine it needs " +
        "--http-token-file. May be repeated.",
    },
    httpTokenFile: {
      kind: text("FILE"),
      defaultText: "none: whoever can connect is let in",
      help: "Let in only who shows one of the tokens in this file, one a line, which 'read-only' " +
        "or 'payloads' may follow. SIGHUP reads it again.",
    },
  }),
  ...ofServer("HTTP"),
  ...ofServer("Limits"),
  ...inGroup("Limits", {
    fileDescriptors: {
      aliases: ["f"],
      kind: integer(1),
      defaultText: "the system's hard limit",
      help: "How many files and sockets the server may have open.",
    },
  }),
  ...ofServer("Schedules"),
  ...inGroup("Durability", {
    store: {
      kind: storePlace,
      defaultText: "none: jobs are in memory only",
      help:
        "Keep background jobs there, so that no restart or crash loses them: sqlite:FILE for this " +
        "server alone, postgres://USER@HOST/DATABASE?schema=geartrain for all servers that name it.",
    },
    sync: {
      kind: syncTime,
      default: "always",
      help:
        "When stored jobs are safe from a power cut: 'always' before a submit is answered, a time " +
        "such as 10ms at most that much later, 'off' when the system writes them. A crash of the " +
        "server alone never loses any.",
    },
  }),
  ...ofServer("Durability"),
  ...inGroup("Durability", {
    storePasswordFile: STORE_PASSWORD_FILE,
    noMigrate: {
      kind: flag,
      default: false,
      help:
        "Do not make or upgrade the tables in PostgreSQL; the server does not start without those " +
        "of its version. See geartrain store migrate.",
    },
    queueType: {
      aliases: ["q"],
      kind: { ...oneOf("TYPE", ["builtin", "libsqlite3"]), words: undefined },
      default: "builtin",
      help: "As in gearmand: 'builtin' keeps jobs in memory, 'libsqlite3' in --libsqlite3-db.",
    },
    libsqlite3Db: {
      kind: text("FILE"),
      help: "As in gearmand: the same as --store sqlite:FILE, with --queue-type libsqlite3.",
    },
  }),
  ...inGroup("Process", {
    daemon: {
      aliases: ["d", "daemonize"],
      kind: flag,
      default: false,
      help: "Run in the background. The command ends when the server listens, or has failed to.",
    },
    pidFile: {
      aliases: ["P", "pidfile"],
      kind: text("FILE"),
      defaultText: "none",
      help:
        "Write the process id there; the file is removed at the end. The server does not start " +
        "if the file belongs to a process that runs.",
    },
    user: {
      aliases: ["u"],
      kind: text("NAME"),
      defaultText: "the user who starts it",
      help:
        "Become this user; only root can. Files are opened as that user, ports as root. On Deno " +
        "the supplementary groups of root stay, and the log says so.",
    },
  }),
  ...ofServer("Process"),
  ...inGroup("Process", {
    configFile: {
      onlyArgument: true,
      kind: text("FILE"),
      defaultText: "none; /etc/gearmand.conf for a program that is named gearmand",
      help:
        "Read options from a file: TOML with the long names as keys, or gearmand's own words. " +
        "The command line has precedence over it, and it over GEARMAND_PORT.",
    },
    checkArgs: {
      onlyArgument: true,
      kind: flag,
      default: false,
      help:
        "Only check what a start needs: options, configuration file, user, group, limit of file " +
        "descriptors, folders of all files. Status 0 if all is well, else 1.",
    },
  }),
  ...inGroup("Log", {
    logFile: {
      aliases: ["l"],
      kind: text("FILE"),
      defaultText: "stderr; none with --syslog",
      help: "Where the log goes: a path, 'stderr' or 'none'. SIGHUP opens the file again.",
    },
    verbose: {
      kind: oneOf("LEVEL", LOG_LEVELS),
      default: "ERROR",
      help: "Least severe level that is logged: FATAL, ALERT, CRITICAL, ERROR, WARNING, NOTICE, " +
        "INFO or DEBUG.",
    },
    debug: {
      sets: "verbose",
      valueIsOptional: true,
      kind: debugLevel,
      help: "The same as --verbose DEBUG, in the words of Perl's gearmand.",
    },
    logFormat: {
      kind: oneOf("FORMAT", LOG_FORMATS),
      default: "text",
      help: "'text' as gearmand writes it, or 'json': one object a line with time, level, " +
        "message and fields.",
    },
    syslog: {
      kind: flag,
      default: false,
      help: "Log to syslog as user.LEVEL under the name gearmand.",
    },
  }),
  ...inGroup("Information", {
    help: { aliases: ["h", "?"], onlyArgument: true, kind: flag, help: "Show this text." },
    version: { aliases: ["V"], onlyArgument: true, kind: flag, help: "Show the version." },
  }),
  ...(GEARMAND_OPTIONS as Record<never, never>),
};

export const SERVE_OPTIONS: readonly AnyOption[] = optionsOf(SERVE_ROWS);

function ofServer(group: string): Record<never, never> {
  return Object.fromEntries(
    Object.entries(SERVER_OPTIONS).filter(([, row]) => row.group === group),
  );
}

/** Options that only a program gives, or that the command line gives in another form. */
type OwnOfPrograms = "port" | "http" | "httpTokens" | "keepAlive" | "store" | "log" | "onShutdown";

/** What the options of `geartrain serve` say; what is not said is undefined. Units are in the tables. */
export type ServeSettings =
  & Omit<ServerOptions, OwnOfPrograms>
  & SettingsOf<typeof SERVE_ROWS>
  & {
    /** The options that were understood but change nothing. */
    withoutEffect?: readonly string[];
  };

/** Settings where what is said in the first has precedence over what is said in the second. */
export function merged(first: ServeSettings, second: ServeSettings): ServeSettings {
  const withoutEffect = new Set([...first.withoutEffect ?? [], ...second.withoutEffect ?? []]);
  return { ...second, ...first, withoutEffect: [...withoutEffect] };
}
