import { existsSync } from "node:fs";
import process from "node:process";
import { Server, type ServerOptions } from "../mod.ts";
import { type Listener, VERSION } from "../mod.ts";
import { givenByArguments } from "./arguments.ts";
import { readConfigFile } from "./config_file.ts";
import { isDaemon, reportFailure, reportReady, startDaemon } from "./daemon.ts";
import { connectionsWithin } from "./descriptors.ts";
import { serveHelp } from "./help.ts";
import { addressesOf } from "./listen_address.ts";
import { openLog, type ProgramLog } from "./log.ts";
import { logLine } from "./log_line.ts";
import { OptionError } from "./option_error.ts";
import { writePidFile } from "./pid_file.ts";
import type { ServeSettings } from "./serve_settings.ts";
import { merged, settingsOf } from "./settings.ts";

const DEFAULT_PORT = 4730;
/** Read if it exists, as by gearmand. */
const DEFAULT_CONFIG_FILE = "/etc/gearmand.conf";

/**
 * `geartrain serve`: runs the server until it is told to stop.
 *
 * @returns the exit status.
 */
export async function serve(args: readonly string[]): Promise<number> {
  try {
    const arguments_ = settingsOf(givenByArguments(args));
    if (arguments_.help) return print(serveHelp());
    if (arguments_.version) return print(`geartrain ${VERSION}\n`);
    const settings = withFileAndEnvironment(arguments_);
    if (settings.checkArgs) return 0;
    if (settings.daemon && !isDaemon()) return await daemonize(args);
    return await run(settings);
  } catch (error) {
    return failed((error as Error).message);
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function failed(reason: string): number {
  if (isDaemon()) reportFailure(reason);
  else process.stderr.write(`geartrain: ${reason}\n`);
  return 1;
}

/** The command line wins over the file, the file over the environment. */
function withFileAndEnvironment(given: ServeSettings): ServeSettings {
  const path = given.configFile ?? (existsSync(DEFAULT_CONFIG_FILE) ? DEFAULT_CONFIG_FILE : null);
  const settings = path === null ? given : merged(given, settingsOf(readConfigFile(path).given));
  return { ...settings, port: settings.port ?? environmentPort() ?? DEFAULT_PORT };
}

/** Kubernetes sets it to a URL in every container beside a service called gearmand. */
function environmentPort(): number | undefined {
  const text = process.env.GEARMAND_PORT ?? "";
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

async function daemonize(args: readonly string[]): Promise<number> {
  const reason = await startDaemon(["serve", ...args]);
  return reason === null ? 0 : failed(reason);
}

async function run(settings: ServeSettings): Promise<number> {
  const { verbose: level = "ERROR", logFormat: format = "text", logFile: file = "stderr" } =
    settings;
  const log = await openLog({ level, format, file, syslog: settings.syslog === true });
  const stop = Promise.withResolvers<boolean>();
  // Before anything listens: Deno ends the process when descriptors run out and no signal has ever
  // been listened to.
  handleSignals(log, stop.resolve);
  const server = new Server(serverOptions(settings, log, stop.resolve));
  try {
    const listeners = await listenAll(server, settings);
    if (settings.user !== undefined) becomeUser(settings.user);
    const removePidFile = settings.pidFile === undefined ? null : writePidFile(settings.pidFile);
    try {
      sayStarted(settings, listeners, log);
      if (isDaemon()) reportReady();
      await stopAsTold(server, stop.promise, log);
    } finally {
      removePidFile?.();
    }
    return 0;
  } finally {
    await server.stop();
    log.close();
  }
}

function serverOptions(
  settings: ServeSettings,
  log: ProgramLog,
  onShutdown: (graceful: boolean) => void,
): ServerOptions {
  const seconds = (value?: number) => value === undefined || value < 0 ? undefined : value;
  const { keepaliveIdle, keepaliveInterval, keepaliveCount } = settings;
  return {
    wakeup: settings.wakeup,
    wakeupDelay: settings.wakeupDelay,
    jobRetries: settings.jobRetries,
    jobHandlePrefix: settings.jobHandlePrefix,
    exceptions: settings.exceptions,
    maxQueue: Object.fromEntries(settings.maxQueue ?? []),
    maxPacketSize: settings.maxPacketSize,
    maxUnsent: settings.maxUnsent,
    maxConnections: settings.maxConnections ?? connectionsWithin(settings.fileDescriptors),
    allowShutdown: settings.allowShutdown,
    keepAlive: {
      idle: seconds(keepaliveIdle),
      interval: seconds(keepaliveInterval),
      count: seconds(keepaliveCount),
    },
    log,
    onShutdown,
  };
}

async function listenAll(server: Server, settings: ServeSettings): Promise<Listener[]> {
  const { listen = [{}], port = DEFAULT_PORT } = settings;
  const options = { backlog: settings.backlog, acceptPerLoop: settings.accept };
  const listeners: Listener[] = [];
  for (const address of listen) {
    if ("path" in address) {
      listeners.push(server.createListeningSock({ path: address.path }, options));
      continue;
    }
    const hosts = address.host === undefined ? [undefined] : await addressesOf(address.host);
    for (const localAddr of hosts) {
      const sock = server.createListeningSock(address.port ?? port, { ...options, localAddr });
      listeners.push(sock);
    }
  }
  return listeners;
}

/** Gives root's rights up once the ports below 1024 are open. */
function becomeUser(user: string): void {
  if (process.getuid?.() !== 0) {
    throw new OptionError("--user: only root can become another user");
  }
  try {
    process.setgroups?.([]);
  } catch {
    // Deno has no setgroups; the groups of root stay.
  }
  try {
    process.setuid?.(user);
  } catch (error) {
    throw new OptionError(`--user: cannot become ${user}: ${(error as Error).message}`);
  }
}

/** Shown whatever the level: where a server listens is the first thing that people look for. */
function sayStarted(settings: ServeSettings, listeners: Listener[], log: ProgramLog): void {
  const where = listeners.map(({ addr }) =>
    addr.path !== undefined
      ? `unix:${addr.path}`
      : addr.hostname.includes(":")
      ? `[${addr.hostname}]:${addr.port}`
      : `${addr.hostname}:${addr.port}`
  );
  const banner = `geartrain ${VERSION} listening on ${where.join(", ")}`;
  const { logFile = "stderr", logFormat = "text", syslog = false } = settings;
  if (log.enabled("NOTICE")) log.write("NOTICE", banner);
  if (
    logFile !== "none" && !isDaemon() && (syslog || logFile !== "stderr" || !log.enabled("NOTICE"))
  ) {
    process.stderr.write(logLine(logFormat, "NOTICE", banner, new Date()) + "\n");
  }
  const ignored = settings.withoutEffect ?? [];
  if (ignored.length > 0) log.write("NOTICE", `Options without effect: ${ignored.join(", ")}`);
}

function handleSignals(log: ProgramLog, stop: (graceful: boolean) => void): void {
  process.on("SIGTERM", () => stop(false));
  process.on("SIGINT", () => stop(false));
  process.on("SIGUSR2", () => stop(true));
  process.on("SIGHUP", () => {
    log.write("NOTICE", "SIGHUP, reopening log file");
    log.reopen();
  });
  process.on("SIGPIPE", () => {});
}

/** A signal to stop at once cuts a graceful stop short. */
async function stopAsTold(
  server: Server,
  told: Promise<boolean>,
  log: ProgramLog,
): Promise<void> {
  const graceful = await told;
  log.write("NOTICE", graceful ? "Stopping when no job is left" : "Stopping");
  const hurry = () => void server.stop();
  process.on("SIGTERM", hurry);
  process.on("SIGINT", hurry);
  await server.stop({ graceful });
}
