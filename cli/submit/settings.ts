import type { ServersSettings } from "../options/servers.ts";
import type { CommonSettings } from "../command.ts";

/** What `geartrain submit` is told. */
export interface SubmitSettings extends CommonSettings, ServersSettings {
  background?: boolean;
  high?: boolean;
  low?: boolean;
  unique?: string;
  reducer?: string;
  at?: Date;
  /** Milliseconds. */
  timeout?: number;
  /** One job a line, many at a time. */
  lines?: boolean;
  /** One job a line, one after the other. */
  wholeLines?: boolean;
  /** The same without their newlines. */
  bareLines?: boolean;
  inFlight?: number;
  withoutInput?: boolean;
  maxPayload?: number;
  maxResult?: number;
  json?: boolean;
  prefix?: boolean;
  ordered?: boolean;
  progress?: boolean;
}
