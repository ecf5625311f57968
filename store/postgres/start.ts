import { pause } from "./clock.ts";
import { isForGood } from "./connection/errors.ts";
import { withConnection } from "./connection/once.ts";
import type { Target } from "./connection/session.ts";
import { migrateSchema } from "./schema/migrate.ts";
import { checkVersion } from "./schema/version.ts";

/** How long to wait between two attempts, in milliseconds. */
const PAUSE = 500;

/**
 * Brings the schema to this server's version, or checks that it has it, as soon as the engine can be
 * reached.
 *
 * @param reachable hears when it cannot be reached, and why.
 * @throws when it can be reached, and the schema cannot be used: another attempt would fail, too.
 */
export async function prepareSchema(
  { url, password, clock }: Target,
  migrates: boolean,
  reachable: (error: Error | null) => void,
  closed: Promise<void>,
): Promise<void> {
  let isOver = false;
  closed.then(() => isOver = true);
  for (let hasFailed = false; !isOver;) {
    try {
      await withConnection(url, password, async (connection) => {
        if (migrates) await migrateSchema(connection, url.schema);
        else await checkVersion({ query: (text) => connection.query(text, []) }, url.schema);
      }, clock);
      if (hasFailed) reachable(null);
      return;
    } catch (error) {
      if (isForGood(error)) throw error;
      if (!hasFailed) reachable(error as Error);
      hasFailed = true;
      await pause(clock, PAUSE * (0.5 + Math.random()), closed);
    }
  }
  throw new Error("it is closed");
}
