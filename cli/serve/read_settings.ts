import { existsSync } from "node:fs";
import { givenByArguments, type GivenOption, settingsOf } from "../options/arguments.ts";
import { merged, SERVE_OPTIONS, type ServeSettings } from "./options.ts";
import { loadOnDemand } from "../../on_demand.ts";
import { OptionError } from "../../options/kinds.ts";
import { schedulesOf } from "../../router/schedule_request.ts";
import { storeOf } from "./store_settings.ts";

/** The file that gearmand reads without being told. */
const GEARMAND_CONFIG_FILE = "/etc/gearmand.conf";
const JOB_RETRIES_0 = "--job-retries 0: a job fails at the first lost worker, as in gearmand 2. " +
  "Up to gearmand 1.1.22 it meant without limit, which is -1. To fail at the first, better write 1";
/** How many ignored parts of a file are named at most. */
const MOST_NAMED = 20;

/** Something about the settings for the log; a WARNING is logged whatever the level of the log. */
export interface Note {
  readonly level: "NOTICE" | "WARNING";
  readonly message: string;
}

export interface SettingsRead {
  readonly settings: ServeSettings;
  readonly notes: readonly Note[];
}

/**
 * The settings of `geartrain serve`: the command line wins over the configuration file, the file over
 * the environment.
 *
 * @param isGearmand under the name gearmand, which has a file of its own and passes over what it does
 * not know in a file.
 * @throws {OptionError} for whatever is not understood.
 */
export async function readSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  isGearmand = false,
): Promise<SettingsRead> {
  const fromArguments = settingsOf<ServeSettings>(givenByArguments(SERVE_OPTIONS, args));
  if (fromArguments.help || fromArguments.version) return { settings: fromArguments, notes: [] };
  const notes: Note[] = [];
  const hasDefaultFile = isGearmand && existsSync(GEARMAND_CONFIG_FILE);
  const configFile = fromArguments.configFile ??
    (hasDefaultFile ? GEARMAND_CONFIG_FILE : undefined);
  const fromFile = configFile === undefined
    ? {}
    : await settingsOfFile(configFile, isGearmand, notes);
  const settings = merged({ ...fromArguments, configFile }, fromFile);
  const store = storeOf(settings);
  await checkTimes(settings);
  const fromEnvironment = settingsOfEnvironment(environment, settings, notes);
  const { withoutEffect = [], jobRetries } = settings;
  if (withoutEffect.length > 0) {
    notes.push(notice(`Options without effect: ${withoutEffect.join(", ")}`));
  }
  if (jobRetries === 0) notes.push({ level: "WARNING", message: JOB_RETRIES_0 });
  return { settings: { ...fromEnvironment, ...settings, store }, notes };
}

/** @throws {OptionError} for a cron expression or a time zone that is wrong. */
async function checkTimes({ schedules = [], scheduleTimezone = "UTC" }: ServeSettings) {
  if (schedules.length === 0) return;
  try {
    const { checkTimes } = await loadOnDemand<typeof import("../../policies/schedules/mod.ts")>(
      "policies/schedules/mod",
    );
    schedulesOf(schedules, scheduleTimezone).forEach(checkTimes);
  } catch (error) {
    throw new OptionError((error as Error).message);
  }
}

function notice(message: string): Note {
  return { level: "NOTICE", message };
}

async function settingsOfFile(
  path: string,
  isGearmand: boolean,
  notes: Note[],
): Promise<ServeSettings> {
  // Only a server with such a file needs the library for it.
  const { readConfigFile } = await import("./config_file.ts");
  const { given, ignored } = readConfigFile(path, isGearmand);
  notes.push(notice(`Options are read from ${path}`));
  if (ignored.length > 0) {
    const more = ignored.length - MOST_NAMED;
    const named = ignored.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
    const message = `${path}: not understood and ignored: ${named}`;
    notes.push({ level: "WARNING", message });
  }
  return settingsOf(given);
}

/** The settings of environment variables, of those that nothing else says. */
function settingsOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  said: ServeSettings,
  notes: Note[],
): ServeSettings {
  const given = SERVE_OPTIONS.flatMap((option): GivenOption[] => {
    const { key, variable: label } = option;
    // On Deno each variable that is looked at needs a permission.
    if (label === undefined || Object.hasOwn(said, key)) return [];
    const { [label]: text = "" } = environment;
    if (text === "") return [];
    // Kubernetes sets it to a URL in every container beside a service called gearmand.
    if (key !== "port" || /^\d+$/.test(text)) return [{ option, text, label }];
    notes.push(notice(`${label} is ignored because it is not a number: ${text}`));
    return [];
  });
  return settingsOf(given);
}
