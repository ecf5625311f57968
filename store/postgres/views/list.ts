import { isDash, plainKey } from "../calls/keys.ts";
import type { Statement } from "../calls/lane.ts";
import type { Session } from "../connection/session.ts";
import type { Parameter } from "../driver.ts";
import type { Functions } from "../functions.ts";
import type { SharedJobFilter, SharedJobView } from "../../shared_queue.ts";
import { SELECT, viewIn } from "./jobs.ts";

/**
 * So many jobs of a function are all looked at for each page of a list. Of more, some are found soon when
 * the jobs of all functions are looked through in the order of their numbers.
 */
const FEW = 20_000;

const STATES = {
  waiting: "j.owner is null and j.due is null",
  scheduled: "j.due is not null",
  claimed: "j.owner is not null",
};
const FUNCTION = "(select id from @s.func where name = $3)";
/** By the two indexes that have them all: those that are ready or run, and those that have a time. */
const OF_FUNCTION = "(" +
  `select id, owner, due, key from @s.job where func = ${FUNCTION} and due is null and not dead ` +
  `union all select id, owner, due, key from @s.job where func = ${FUNCTION} and due is not null)`;
const COUNT = "select coalesce(sum(waiting + scheduled + claimed), 0) from @s.count_delta " +
  "where func = (select id from @s.func where name = $1)";

/** Live jobs that pass the filter, in the order of their numbers. */
export async function listJobs(
  session: Session,
  functions: Functions,
  filter: SharedJobFilter,
  after: number,
  count: number,
): Promise<readonly SharedJobView[]> {
  const { functionName } = filter;
  const isAsked = functionName !== undefined && !hasKey(filter);
  const [[jobs]] = isAsked ? await session.query(COUNT, [functionName]) : [[0]];
  const rows = await session.query(...listStatement(filter, after, count, Number(jobs) <= FEW));
  return rows.map((row) => viewIn(row, functions));
}

/**
 * The statement that lists jobs.
 *
 * @param hasFew has the function that is wanted few jobs?
 */
export function listStatement(
  filter: SharedJobFilter,
  after: number,
  count: number,
  hasFew: boolean,
): Statement {
  const { functionName, state } = filter;
  const parameters: Parameter[] = [after, count];
  const conditions: string[] = [];
  if (functionName !== undefined) parameters.push(functionName);
  if (state !== undefined) conditions.push(STATES[state]);
  if (hasKey(filter)) {
    parameters.push(plainKey(filter.unique!));
    // The index with the keys begins with the function.
    const funcs = functionName === undefined ? "any(array(select id from @s.func))" : FUNCTION;
    conditions.push(`j.func = ${funcs} and j.key = $${parameters.length}`);
    return [pageOf("@s.job j", conditions), parameters];
  }
  if (filter.unique !== undefined) {
    conditions.push(isDash(filter.unique) ? IS_DASH : "j.key is null");
  }
  if (functionName !== undefined && hasFew) {
    return [pageOf(`${OF_FUNCTION} j`, conditions), parameters];
  }
  if (functionName !== undefined) conditions.push(`j.func = ${FUNCTION}`);
  const where = ["j.id > $1", "not j.dead", ...conditions].join(" and ");
  return [`${SELECT} where ${where} order by j.id limit $2`, parameters];
}

const IS_DASH = "get_byte(j.key, 0) = 0 and get_byte(j.key, 1) > 0";

/** Has the filter a unique that stands in the table as it is? */
function hasKey({ unique }: SharedJobFilter): boolean {
  return unique !== undefined && unique.length > 0 && !isDash(unique);
}

/** Jobs are found first, and then sorted: `+ 0` keeps the database from going through all in their order. */
function pageOf(source: string, conditions: readonly string[]): string {
  const where = ["j.id + 0 > $1", ...conditions].join(" and ");
  const page = `select j.id from ${source} where ${where} order by j.id + 0 limit $2`;
  return `${SELECT} where j.id = any(array(${page})) order by j.id`;
}
