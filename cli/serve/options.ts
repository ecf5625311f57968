/**
 * The options of `geartrain serve`. This table is all that says which there are: parsing, the
 * configuration file, the help text and the test of docs/configuration.md follow it.
 *
 * @module
 */
import { LOG_LEVELS, MAX_HANDLE_PREFIX_LENGTH } from "../../router/mod.ts";
import { GEARMAND_OPTIONS } from "./gearmand_options.ts";
import { LIMIT_OPTIONS, STORE_OPTIONS } from "./limit_options.ts";
import { LOG_FORMATS } from "./log_line.ts";
import { parseListenAddress } from "./listen_address.ts";
import * as values from "../options/values.ts";
import type { Option } from "../options/option.ts";
import type { ServeSettings } from "./settings.ts";

/** Times and counts of keepalive: gearmand writes -1 for what the system has. */
const keepaliveNumber = values.integer(-1, 32767);

/** An option of `geartrain serve`. */
export type ServeOption = Option<ServeSettings>;

/** Every option. */
export const SERVE_OPTIONS: readonly ServeOption[] = [
  {
    key: "port",
    name: "port",
    aliases: ["p"],
    group: "Listening",
    value: "PORT",
    default: "4730",
    help: "TCP port, as a number or a service name; 0 takes any free port.",
    parse: values.port,
  },
  {
    key: "listen",
    name: "listen",
    aliases: ["L"],
    group: "Listening",
    value: "ADDRESS",
    repeatable: true,
    default: "all IPv4 and IPv6 addresses",
    help: "Listen there only: HOST, HOST:PORT, [IPV6]:PORT, or unix:PATH for a unix socket. " +
      "A name with several addresses stands for all of them. May be repeated.",
    parse: (text) => [parseListenAddress(text)],
  },
  {
    key: "listenMode",
    name: "listen-mode",
    group: "Listening",
    value: "MODE",
    default: "that of the umask; 0660 with --listen-group",
    help:
      "Who may connect to the unix sockets: their permission bits in octal, such as 0660 or 0666.",
    parse: values.fileMode,
  },
  {
    key: "listenGroup",
    name: "listen-group",
    group: "Listening",
    value: "GROUP",
    default: "that of the process",
    help:
      "The group of the unix sockets, by name or number. A server that root does not run must be " +
      "in that group.",
    parse: values.text,
  },
  {
    key: "backlog",
    name: "backlog",
    aliases: ["b"],
    group: "Listening",
    value: "N",
    default: "1024",
    help: "How many connections may wait to be accepted. On Bun it is always 512.",
    parse: values.integer(1, 65535),
  },
  {
    key: "accept",
    name: "accept",
    group: "Listening",
    value: "N",
    default: "as Deno decides",
    help: "How many waiting connections are accepted before the others are served. Not on Bun.",
    parse: values.integer(1),
  },
  {
    key: "keepalive",
    name: "keepalive",
    group: "Listening",
    default: "true",
    help: "TCP keepalive on accepted connections, so that dead peers are noticed; " +
      "--keepalive=false switches it off.",
    parse: values.flag,
  },
  {
    key: "keepaliveIdle",
    name: "keepalive-idle",
    group: "Listening",
    value: "SECONDS",
    default: "-1",
    help: "Idle time before the first probe; -1 leaves it to the system. Without effect on Deno, " +
      "which cannot set it.",
    parse: keepaliveNumber,
  },
  {
    key: "keepaliveInterval",
    name: "keepalive-interval",
    group: "Listening",
    value: "SECONDS",
    default: "-1",
    help: "Time between probes; -1 leaves it to the system, and so do Deno and Bun.",
    parse: keepaliveNumber,
  },
  {
    key: "keepaliveCount",
    name: "keepalive-count",
    group: "Listening",
    value: "N",
    default: "-1",
    help:
      "Unanswered probes after which a connection is dead; -1 leaves it to the system, and so " +
      "do Deno and Bun.",
    parse: keepaliveNumber,
  },

  {
    key: "jobRetries",
    name: "job-retries",
    aliases: ["j"],
    group: "Jobs and workers",
    value: "N",
    default: "-1",
    help: "After how many lost workers a job fails: 0 and 1 at the first, -1 never.",
    parse: values.integer(-1, 255),
  },
  {
    key: "jobHandlePrefix",
    name: "job-handle-prefix",
    group: "Jobs and workers",
    value: "TEXT",
    default: "H:<host name>",
    help: `What job handles begin with, at most ${MAX_HANDLE_PREFIX_LENGTH} bytes without spaces.`,
    parse: values.handlePrefix,
  },
  {
    key: "exceptions",
    name: "exceptions",
    group: "Jobs and workers",
    default: "false",
    help: "Send every client the exceptions of workers, not only those that ask for them.",
    parse: values.flag,
  },
  {
    key: "wakeup",
    name: "wakeup",
    group: "Jobs and workers",
    value: "N",
    default: "3",
    help: "How many sleeping workers are woken for a job: 0 none, -1 all (as in Perl's gearmand).",
    parse: values.integer(-1),
  },
  {
    key: "wakeup",
    name: "worker-wakeup",
    aliases: ["w"],
    group: "Jobs and workers",
    value: "N",
    help: "The same, as in the C gearmand: 0 wakes all.",
    parse: (text) => values.integer(0)(text) || -1,
  },
  {
    key: "wakeupDelay",
    name: "wakeup-delay",
    group: "Jobs and workers",
    value: "SECONDS",
    default: "0.1",
    help:
      "How long until more workers are woken if jobs still wait: 0 as soon as possible, -1 never.",
    parse: values.secondsOrNever,
  },
  {
    key: "allowShutdown",
    name: "allow-shutdown",
    group: "Jobs and workers",
    default: "false",
    help: "Let the text command 'shutdown' stop the server.",
    parse: values.flag,
  },

  ...LIMIT_OPTIONS,
  ...STORE_OPTIONS,

  {
    key: "daemon",
    name: "daemon",
    aliases: ["d", "daemonize"],
    group: "Process",
    default: "false",
    help: "Run in the background. The command ends when the server listens, or has failed to.",
    parse: values.flag,
  },
  {
    key: "pidFile",
    name: "pid-file",
    aliases: ["P", "pidfile"],
    group: "Process",
    value: "FILE",
    default: "none",
    help: "Write the process id there; the file is removed at the end. The server does not start " +
      "if the file belongs to a process that runs.",
    parse: values.text,
  },
  {
    key: "user",
    name: "user",
    aliases: ["u"],
    group: "Process",
    value: "NAME",
    default: "the user who starts it",
    help:
      "Become this user; only root can. Files are opened as that user, ports as root. On Deno " +
      "the supplementary groups of root stay, and the log says so.",
    parse: values.text,
  },
  {
    key: "stopTimeout",
    name: "stop-timeout",
    group: "Process",
    value: "SECONDS",
    default: "none",
    help: "How long a graceful stop may take; after that the server stops at once.",
    parse: values.seconds,
  },
  {
    key: "configFile",
    name: "config-file",
    group: "Process",
    value: "FILE",
    onlyArgument: true,
    default: "none; /etc/gearmand.conf for a program that is named gearmand",
    help: "Read options from a file: TOML with the long names as keys, or gearmand's own words. " +
      "The command line has precedence over it, and it over GEARMAND_PORT.",
    parse: values.text,
  },
  {
    key: "checkArgs",
    name: "check-args",
    group: "Process",
    onlyArgument: true,
    default: "false",
    help:
      "Only check what a start needs: options, configuration file, user, group, limit of file " +
      "descriptors, folders of all files. Status 0 if all is well, else 1.",
    parse: values.flag,
  },

  {
    key: "logFile",
    name: "log-file",
    aliases: ["l"],
    group: "Log",
    value: "FILE",
    default: "stderr; none with --syslog",
    help: "Where the log goes: a path, 'stderr' or 'none'. SIGHUP opens the file again.",
    parse: values.text,
  },
  {
    key: "verbose",
    name: "verbose",
    group: "Log",
    value: "LEVEL",
    default: "ERROR",
    help: "Least severe level that is logged: FATAL, ALERT, CRITICAL, ERROR, WARNING, NOTICE, " +
      "INFO or DEBUG.",
    words: LOG_LEVELS,
    parse: values.logLevel,
  },
  {
    key: "verbose",
    name: "debug",
    group: "Log",
    value: "0|1",
    valueIsOptional: true,
    help: "The same as --verbose DEBUG, in the words of Perl's gearmand.",
    parse: debugLevel,
  },
  {
    key: "logFormat",
    name: "log-format",
    group: "Log",
    value: "FORMAT",
    default: "text",
    help: "'text' as gearmand writes it, or 'json': one object a line with time, level, " +
      "message and fields.",
    words: LOG_FORMATS,
    parse: values.oneOf(...LOG_FORMATS),
  },
  {
    key: "syslog",
    name: "syslog",
    group: "Log",
    default: "false",
    help: "Log to syslog as user.LEVEL under the name gearmand.",
    parse: values.flag,
  },

  {
    key: "help",
    name: "help",
    aliases: ["h", "?"],
    group: "Information",
    onlyArgument: true,
    help: "Show this text.",
    parse: values.flag,
  },
  {
    key: "version",
    name: "version",
    aliases: ["V"],
    group: "Information",
    onlyArgument: true,
    help: "Show the version.",
    parse: values.flag,
  },

  ...GEARMAND_OPTIONS,
];

function debugLevel(text: string): "DEBUG" | "ERROR" {
  const wanted = values.oneOf("", "0", "1", "true", "false")(text);
  return wanted === "0" || wanted === "false" ? "ERROR" : "DEBUG";
}
