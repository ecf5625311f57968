import { existsSync } from "node:fs";
import { givenByArguments } from "./arguments.ts";
import { readConfigFile } from "./config_file.ts";
import { OptionError } from "./option_error.ts";
import { port as parsePort } from "./option_values.ts";
import type { ServeSettings } from "./serve_settings.ts";
import { merged, settingsOf } from "./settings.ts";

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
export function readSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  defaultConfigFile?: string,
): SettingsRead {
  const fromArguments = settingsOf(givenByArguments(args));
  if (fromArguments.help || fromArguments.version) return { settings: fromArguments, notes: [] };
  const notes: string[] = [];
  const hasDefaultFile = defaultConfigFile !== undefined && existsSync(defaultConfigFile);
  const configFile = fromArguments.configFile ?? (hasDefaultFile ? defaultConfigFile : undefined);
  const fromFile = configFile === undefined ? {} : settingsOfFile(configFile, notes);
  const settings = merged({ ...fromArguments, configFile }, fromFile);
  const port = settings.port ?? portOf(environment[PORT_VARIABLE], notes);
  const { withoutEffect = [] } = settings;
  if (withoutEffect.length > 0) notes.push(`Options without effect: ${withoutEffect.join(", ")}`);
  return { settings: { ...settings, port }, notes };
}

function settingsOfFile(path: string, notes: string[]): ServeSettings {
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
