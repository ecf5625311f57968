import {
  isLogged,
  type Log,
  type LogFields,
  type LogLevel,
  type RouterOptions,
} from "../../router/mod.ts";
import { testRouter } from "./router.ts";

/** A line as a log got it. */
export interface LoggedLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: LogFields;
}

/** A log that remembers its lines. */
export interface MemoryLog extends Log {
  readonly lines: LoggedLine[];
  /** Level and message of each line. */
  readonly texts: string[];
}

/** An empty one. */
export function memoryLog(level: LogLevel): MemoryLog {
  const lines: LoggedLine[] = [];
  return {
    level,
    lines,
    get texts() {
      return lines.map((line) => `${line.level} ${line.message}`);
    },
    enabled: (line) => isLogged(line, level),
    write: (line, message, fields) => void lines.push({ level: line, message, fields }),
  };
}

/** A router whose log a test looks into. */
export function loggedRouter(
  level: LogLevel,
  options: Partial<RouterOptions> = {},
): ReturnType<typeof testRouter> & { log: MemoryLog } {
  const log = memoryLog(level);
  return { log, ...testRouter({ log, ...options }) };
}
