import { setTimeout as pause } from "node:timers/promises";
import type { EngineEvent, JobRow } from "../history.ts";

/** What runs statements and says their rows, columns parted by `|`. */
export type Sql = (statements: string) => Promise<string>;

/**
 * Has the database take notes of all that becomes of jobs and servers, in the transactions that do it.
 */
const TRIGGERS = `
create schema checker;
create table checker.log(
  no bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  tx text not null default txid_current()::text,
  what text not null, owner int, server text, job jsonb);

create function checker.row_of(j geartrain.job) returns jsonb language sql as $$
  select jsonb_build_object('number', j.id, 'owner', j.owner,
    'functionName', (select convert_from(f.name, 'UTF8') from geartrain.func f where f.id = j.func),
    'key', coalesce(convert_from(j.key, 'UTF8'), ''), 'payload', convert_from(j.payload, 'UTF8'),
    'priority', j.priority, 'place', j.pos, 'isScheduled', j.due is not null, 'losses', j.losses)
$$;

create function checker.note_job() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    insert into checker.log(what, job) values ('removed', checker.row_of(old));
  else
    insert into checker.log(what, job)
      values (case tg_op when 'INSERT' then 'added' else 'changed' end, checker.row_of(new));
  end if;
  return null;
end $$;
create trigger note_job after insert or update or delete on geartrain.job
  for each row execute function checker.note_job();

create function checker.note_server() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into checker.log(what, owner, server) values ('born', new.id, new.name);
  elsif old.died is null and new.died is not null then
    insert into checker.log(what, owner) values ('died', new.id);
  end if;
  return null;
end $$;
create trigger note_server after insert or update on geartrain.server
  for each row execute function checker.note_server();
insert into checker.log(what, owner, server) select 'born', id, name from geartrain.server order by id;
`;

/** How long the first server may take to make the tables, in milliseconds. */
const DEADLINE = 30_000;

/** Begins to take notes, as soon as a server is there. */
export async function startEngineLog(sql: Sql): Promise<void> {
  for (const until = Date.now() + DEADLINE; Date.now() < until; await pause(50)) {
    // Without the tables this fails.
    if (await sql("select count(*) from geartrain.server").catch(() => "0") !== "0") break;
  }
  await sql(TRIGGERS);
}

/** All that was noted. */
export async function readEngineLog(sql: Sql): Promise<EngineEvent[]> {
  const rows = await sql(`select json_strip_nulls(json_build_object('what', what, 'owner', owner,
    'server', server, 'transaction', tx, 'at', extract(epoch from at) * 1000)), job
    from checker.log order by no`);
  return linesOf(rows).map((line) => {
    const [event, job] = line.split("}|");
    const parsed = JSON.parse(event + "}");
    return job === undefined || job === "" ? parsed : { ...parsed, job: JSON.parse(job) };
  });
}

/** The jobs that there are. */
export async function readRows(sql: Sql): Promise<JobRow[]> {
  const rows = await sql("select checker.row_of(j) from geartrain.job j order by id");
  return linesOf(rows).map((line) => JSON.parse(line));
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.split("\n");
}
