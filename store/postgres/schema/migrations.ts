import { ADDING } from "./version_1/adding.ts";
import { CALLS } from "./version_1/calls.ts";
import { CLAIMING } from "./version_1/claiming.ts";
import { GIVING_BACK } from "./version_1/giving_back.ts";
import { HOUSEKEEPING } from "./version_1/housekeeping.ts";
import { MEMBERS } from "./version_1/members.ts";
import { TABLES } from "./version_1/tables.ts";
import { VIEWS } from "./version_1/views.ts";
import { ADDING as ADDING_2 } from "./version_2/adding.ts";
import { CLAIMING as CLAIMING_2 } from "./version_2/claiming.ts";
import { DEAD } from "./version_2/dead.ts";
import { HOUSEKEEPING as HOUSEKEEPING_2 } from "./version_2/housekeeping.ts";
import { RECORDS } from "./version_2/records.ts";
import { TABLES as TABLES_2 } from "./version_2/tables.ts";
import { VIEWS as VIEWS_2 } from "./version_2/views.ts";
import { WRITING } from "./version_2/writing.ts";

/** What makes each version of the schema from the one before; the first comes from nothing. */
export const MIGRATIONS: readonly string[] = [
  [TABLES, CALLS, GIVING_BACK, ADDING, CLAIMING, MEMBERS, HOUSEKEEPING, VIEWS].join("\n"),
  [TABLES_2, ADDING_2, CLAIMING_2, WRITING, RECORDS, DEAD, HOUSEKEEPING_2, VIEWS_2].join("\n"),
];

/** The version that this server knows. */
export const VERSION: number = MIGRATIONS.length;

/** A statement or script for a schema: `@s` stands for its name. */
export function inSchema(text: string, schema: string): string {
  return text.replaceAll("@s", schema);
}
