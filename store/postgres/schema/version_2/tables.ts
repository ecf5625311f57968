/** What rules about jobs need in the tables. */
export const TABLES = `
alter table @s.job
  add runs bytea,                    -- what its last runs came to, as servers have written it down
  add attempts int not null default 0, -- how many runs it may have, as its client said; 0: it said nothing
  add expires timestamptz,           -- it waits for no longer than this; null: for ever
  add dead_key bytea;                -- the key of a dead one: nobody joins it
update @s.job set dead_key = key, key = null where dead;
create index job_expires on @s.job(expires) where expires is not null;

-- Small things that are no jobs, such as pauses. What is gone is a null until all servers know it.
create table @s.record(
  kind text not null, key bytea not null, value bytea,
  change bigint not null,            -- who has seen this one has seen those with smaller ones
  changed timestamptz not null default clock_timestamp(),
  primary key(kind, key));
create index record_change on @s.record(change);
create sequence @s.change as bigint;
alter table @s.server add heard bigint not null default 0; -- it has taken in all records up to this change

-- As before; changes of records go on far above, too.
create or replace function @s.check_lineage() returns void language plpgsql as $$
declare now_is bigint := @s.lineage_now();
begin
  if (select last_value from @s.lineage) = now_is then return; end if;
  perform pg_advisory_lock(@s.lock_class('lineage'), 0);
  if (select last_value from @s.lineage) <> now_is then
    perform setval('@s.block', (select last_value from @s.block) + 1024),
      setval('@s.submitted', (select last_value from @s.submitted) + 1024 * 1048576),
      setval('@s.place', (select last_value from @s.place) + 4294967296),
      setval('@s.change', (select last_value from @s.change) + 4294967296),
      setval('@s.server_id_seq', (select last_value from @s.server_id_seq) + 1000),
      setval('@s.func_id_seq', (select last_value from @s.func_id_seq) + 1000);
    perform setval('@s.lineage', now_is);
  end if;
  perform pg_advisory_unlock(@s.lock_class('lineage'), 0);
end $$;
`;
