import { existsSync } from "node:fs";
import { givenByArguments } from "../options/arguments.ts";
import { OptionError } from "../options/option_error.ts";
import { port as parsePort } from "../options/values.ts";
import { databaseOf } from "./database.ts";
import { merged, type ServeSettings } from "./settings.ts";
import { settingsOf } from "../options/settings.ts";
import { SERVE_OPTIONS } from "./options.ts";

/** Holds the port, if it is a number. */
const PORT_VARIABLE = "GEARMAND_PORT";

/** What the program is told in one way or another. */
export interface SettingsRead {
  readonly settings: ServeSettings;
  /** What the log should say about how they came about. */
  readonly notes: readonly string[];
}

/**
 * The settings of `geartrain serve`: the command line wins over the configuration file, the file over
 * the environment.
 *
 * @param defaultConfigFile read if no other is named and it exists.
 * @throws {OptionError} for whatever is not understood.
 */
export async function readSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  defaultConfigFile?: string,
): Promise<SettingsRead> {
  const fromArguments = settingsOf<ServeSettings>(givenByArguments(SERVE_OPTIONS, args));
  if (fromArguments.help || fromArguments.version) return { settings: fromArguments, notes: [] };
  const notes: string[] = [];
  const hasDefaultFile = defaultConfigFile !== undefined && existsSync(defaultConfigFile);
  const configFile = fromArguments.configFile ?? (hasDefaultFile ? defaultConfigFile : undefined);
  const fromFile = configFile === undefined ? {} : await settingsOfFile(configFile, notes);
  const settings = merged({ ...fromArguments, configFile }, fromFile);
  const store = databaseOf(settings);
  const port = settings.port ?? portOf(environment[PORT_VARIABLE], notes);
  const { withoutEffect = [] } = settings;
  if (withoutEffect.length > 0) notes.push(`Options without effect: ${withoutEffect.join(", ")}`);
  return { settings: { ...settings, store, port }, notes };
}

async function settingsOfFile(path: string, notes: string[]): Promise<ServeSettings> {
  // Only a server with such a file needs the library for it.
  const { readConfigFile } = await import("./config_file.ts");
  const { given, strayWords } = readConfigFile(path);
  notes.push(`Options are read from ${path}`);
  if (strayWords.length > 0) {
    notes.push(`Words of ${path} that are no options: ${strayWords.join(" ")}`);
  }
  return settingsOf(given);
}

/** Kubernetes sets it to a URL in every container beside a service called gearmand. */
function portOf(text = "", notes: string[]): number | undefined {
  if (text === "") return undefined;
  if (!/^\d+$/.test(text)) {
    notes.push(`${PORT_VARIABLE} is ignored, it is no number: ${text}`);
    return undefined;
  }
  try {
    return parsePort(text);
  } catch (error) {
    throw new OptionError(`${PORT_VARIABLE}: ${(error as Error).message}`);
  }
}
