import { type Listener, Server, type ServerOptions, VERSION } from "../../mod.ts";
import { DEFAULT_PORT } from "../../client/server_address.ts";
import { isDaemon, reportReady, tellServiceManager } from "./daemon.ts";
import { possibleConnections } from "./descriptors.ts";
import { readTokens, serveHttp, tokensOf } from "./http_listening.ts";
import { listenOnAll } from "./listening.ts";
import { messageOf } from "../../router/log/log.ts";
import { SERVER_OPTIONS } from "../../server/options.ts";
import type { JobStore } from "../../store/store.ts";
import { type OpenedStore, openStore } from "./open_store.ts";
import { openLog, type ProgramLog } from "./log.ts";
import { STDERR, streamNamed } from "./log_file.ts";
import { logLine } from "./log_line.ts";
import { writePidFile } from "./pid_file.ts";
import type { SettingsRead } from "./read_settings.ts";
import { SERVE_ROWS, type ServeSettings } from "./options.ts";
import { becomeUser, type User, userNamed } from "./user.ts";
import { addressText } from "../../transport/socket_errors.ts";
import process from "node:process";

/**
 * Runs the server until it is told to stop.
 *
 * @param readAgain reads the settings once more, as SIGHUP asks for.
 * @throws {Error} when it cannot start.
 */
export async function runServer(
  { settings, notes }: SettingsRead,
  readAgain: () => Promise<SettingsRead>,
): Promise<void> {
  const user = settings.user === undefined ? undefined : userNamed(settings.user);
  const log = openLog({ ...logSettings(settings), user });
  const told = Promise.withResolvers<boolean>();
  let server: Server | undefined;
  let isStopping = false;
  const stop = (graceful: boolean) => {
    isStopping = true;
    told.resolve(graceful);
    // A signal to stop at once cuts a graceful stop short.
    if (!graceful) void server?.stop();
  };
  handleSignals(log, stop, async () => {
    await rereadTokens(server, settings, log);
    await rereadPolicies(server, settings, readAgain, log);
  });
  try {
    const opened = await openStore(settings, log, user);
    const httpTokens = tokensOf(settings, user);
    server = new Server({ ...serverOptions(settings, log, stop), ...opened, httpTokens });
    const loaded = storedJobs(server, settings, log);
    const removePidFile = await start(server, loaded, settings, log, user);
    handleCrashes(log, removePidFile);
    for (const { level, message } of notes) {
      if (level === "WARNING") log.announce(message, level);
      else log.write(level, message);
    }
    if (isDaemon) reportReady();
    // A server that is told to stop reads no further.
    const isStopped = () => isStopping;
    await Promise.race([becomeReady(opened, loaded, log, isStopped), told.promise]);
    if (!isStopping) {
      void tellServiceManager(log, "READY=1", `STATUS=Serves on ${placesText(server.listeners())}`);
    }
    const graceful = await told.promise;
    log.write("NOTICE", graceful ? `Stopping when ${endText(settings)}` : "Stopping");
    void tellServiceManager(log, "STOPPING=1");
    await server.stop({ graceful });
    removePidFile();
  } finally {
    await server?.stop();
    await log.close();
  }
}

function endText({ store, stopTimeout }: ServeSettings): string {
  const when = store === undefined ? "no job is left" : "no job runs and no client waits for one";
  return stopTimeout === undefined ? when : `${when}, or after ${stopTimeout} s`;
}

/**
 * The number of stored jobs. If they cannot be read, the log says so too, unless it goes where the
 * program says why it ends: nobody hears it twice.
 */
function storedJobs(server: Server, settings: ServeSettings, log: ProgramLog): Promise<number> {
  const { file, syslog } = logSettings(settings);
  const loaded = server.loaded;
  loaded.catch((error) => {
    if (streamNamed(file) !== STDERR || syslog) log.write("ERROR", messageOf(error));
  });
  return loaded;
}

/** Waits until jobs are read that were stored, or the queue is there that is shared. */
async function becomeReady(
  { store, sharedQueue }: OpenedStore,
  loaded: Promise<number>,
  log: ProgramLog,
  isStopping: () => boolean,
): Promise<void> {
  if (store !== undefined) await loadStore(loaded, store, log, isStopping);
  if (sharedQueue === undefined) return;
  const { name } = sharedQueue;
  log.announce(`${name}: connecting; packets wait until it can be used`);
  const isTold = tellServiceManager(log, "STATUS=Connects to the queue that it shares");
  await loaded;
  if (isStopping()) return;
  log.announce(`${name}: background jobs are shared with all servers there`);
  await isTold;
}

/** Waits until the stored jobs are read; peers can connect already, and wait. */
async function loadStore(
  loaded: Promise<number>,
  store: JobStore,
  log: ProgramLog,
  isStopping: () => boolean,
): Promise<void> {
  const begin = performance.now();
  // Whatever the level: peers that connect now wait, and somebody will want to know why.
  log.announce(`${store.name}: reading stored jobs; packets wait until they are back`);
  const isTold = tellServiceManager(log, "STATUS=Reads stored jobs");
  const count = await loaded;
  if (isStopping()) return;
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  log.announce(`${store.name}: ${count} stored jobs are back after ${seconds} s`);
  await isTold;
}

/** Listens, and gives root's rights up once that is done; returns what takes the pid file away. */
async function start(
  server: Server,
  loaded: Promise<number>,
  settings: ServeSettings,
  log: ProgramLog,
  user: User | undefined,
): Promise<() => void> {
  const listeners = await listenOnAll(server, settings, settings.port ?? DEFAULT_PORT, user);
  const httpListeners = await serveHttp(server, settings, user);
  // If the jobs could not be read meanwhile, the server says that, and not that it listens.
  await Promise.race([loaded, null]);
  const remove = settings.pidFile === undefined ? () => {} : writePidFile(settings.pidFile, user);
  if (user !== undefined) {
    const kept = becomeUser(user);
    if (kept !== null) log.write("WARNING", kept);
  }
  announce(settings, listeners, log);
  if (httpListeners.length > 0) log.announce(`HTTP is served on ${placesText(httpListeners)}`);
  return () => {
    try {
      remove();
    } catch (error) {
      log.write("WARNING", (error as Error).message);
    }
  };
}

/** As SIGHUP asks for; if they cannot be read, the former ones hold. */
async function rereadTokens(
  server: Server | undefined,
  { httpTokenFile: path }: ServeSettings,
  log: ProgramLog,
): Promise<void> {
  if (server === undefined || path === undefined) return;
  try {
    const tokens = readTokens(path);
    await server.setHttpTokens(tokens);
    log.announce(`SIGHUP, tokens of HTTP are read: ${tokens.length}`);
  } catch (error) {
    log.write("ERROR", `${messageOf(error)}; the former tokens hold`);
  }
}

/** As SIGHUP asks for; if anything in the configuration file is wrong, the former ones hold. */
async function rereadPolicies(
  server: Server | undefined,
  { configFile }: ServeSettings,
  readAgain: () => Promise<SettingsRead>,
  log: ProgramLog,
): Promise<void> {
  if (server === undefined || configFile === undefined) return;
  try {
    const { settings: { policies = {}, schedules = [] } } = await readAgain();
    server.setPolicies(policies);
    log.write("NOTICE", `SIGHUP, policies are read: ${Object.keys(policies).length}`);
    await server.setSchedules(schedules);
    log.write("NOTICE", `SIGHUP, schedules are read: ${schedules.length}`);
  } catch (error) {
    log.write("ERROR", `${messageOf(error)}; the former policies and schedules hold`);
  }
}

/** Says where the server listens, whatever the level of the log: people look for that first. */
function announce(settings: ServeSettings, listeners: readonly Listener[], log: ProgramLog): void {
  const banner = `geartrain ${VERSION} listening on ${placesText(listeners)}`;
  log.announce(banner);
  // Whoever starts it with a log somewhere else is told as well, but not with the log none.
  if (
    settings.logFile === "none" || streamNamed(logSettings(settings).file) === STDERR || isDaemon
  ) return;
  const entry = { level: "NOTICE", message: banner } as const;
  const line = logLine(logSettings(settings).format, entry, new Date());
  // Nothing is wrong if nobody reads it.
  void STDERR.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
}

function placesText(listeners: readonly Listener[]): string {
  return listeners.map(({ addr }) => addressText(addr)).join(", ");
}

function logSettings(settings: ServeSettings): Parameters<typeof openLog>[0] {
  const { verbose, logFormat } = SERVE_ROWS;
  const { verbose: level = verbose.default, logFormat: format = logFormat.default } = settings;
  const { syslog = false } = settings;
  const { logFile = syslog ? "none" : "stderr" } = settings;
  // Nobody reads standard error of a daemon, and standard output only tells that it serves.
  const file = isDaemon && streamNamed(logFile) !== undefined ? "none" : logFile;
  return { level, format, syslog, file };
}

/** The options that the server takes as the command line says them. */
const OF_SERVER = new Set(
  Object.entries(SERVER_OPTIONS).filter(([, row]) => row.help !== undefined).map(([name]) => name),
);

function serverOptions(
  settings: ServeSettings,
  log: ProgramLog,
  onShutdown: (graceful: boolean) => void,
): ServerOptions {
  const systemsOwn = (value = -1) => value < 1 ? undefined : value;
  const { keepalive, keepaliveIdle, keepaliveInterval, keepaliveCount } = settings;
  return {
    ...Object.fromEntries(Object.entries(settings).filter(([name]) => OF_SERVER.has(name))),
    // Its places are opened later, each as the user whose file it is.
    http: settings.http && [],
    maxConnections: maxConnections(settings),
    keepAlive: keepalive !== false && {
      idle: systemsOwn(keepaliveIdle),
      interval: systemsOwn(keepaliveInterval),
      count: systemsOwn(keepaliveCount),
    },
    log,
    onShutdown,
  };
}

/** The limit of connections, which is not more than there are descriptors for. */
function maxConnections({ maxConnections, ...settings }: ServeSettings): number {
  const possible = possibleConnections(settings);
  return Math.min(maxConnections ?? possible, possible);
}

/**
 * Signals of the server program, from now on:
 * TERM and INT stop at once, USR2 and gearmand's USR1 gracefully, HUP opens the log and reads tokens of HTTP and policies
 * again, PIPE and XFSZ do nothing. To be called before anything listens: Deno ends the process when descriptors run out and
 * no signal has ever been listened to. Windows has none of the others, and Deno refuses to listen to
 * a signal that the system does not have.
 */
function handleSignals(
  log: ProgramLog,
  stop: (graceful: boolean) => void,
  readAgain: () => Promise<void>,
): void {
  process.on("SIGINT", () => stop(false));
  if (process.platform === "win32") return;
  process.on("SIGTERM", () => stop(false));
  for (const signal of ["SIGUSR2", "SIGUSR1"] as const) process.on(signal, () => stop(true));
  process.on("SIGHUP", () => {
    log.reopen();
    log.announce("SIGHUP, reopening log file");
    void readAgain();
  });
  process.on("SIGPIPE", () => {});
  // A file of the store or the log may have reached its largest size: writing says so by an error too.
  process.on("SIGXFSZ", () => {});
}

/** An error that nothing has caught goes to the log, where somebody may look for it, and ends all. */
function handleCrashes(log: ProgramLog, removePidFile: () => void): void {
  const crash = (error: unknown) => {
    log.write("FATAL", error instanceof Error ? error.stack ?? error.message : String(error));
    removePidFile();
    void log.close().then(() => process.exit(1));
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}
