/** Jobs that no worker gets, and that do not live. */
export const DEAD = `
-- Servers hear of jobs that have died, or live again, as of records.
create function @s.mark_dead(numbers bigint[], are_dead boolean) returns void language plpgsql as $$
declare this_change bigint;
begin
  if coalesce(cardinality(numbers), 0) = 0 then return; end if;
  perform pg_advisory_xact_lock(@s.lock_class('records'), 0);
  perform @s.check_lineage();
  this_change := nextval('@s.change');
  insert into @s.record as r (kind, key, value, change)
  select 'dead', int8send(n), case when are_dead then ''::bytea end, this_change from unnest(numbers) n
  on conflict (kind, key) do update
    set value = excluded.value, change = excluded.change, changed = clock_timestamp();
  perform @s.tell_all('records');
end $$;

-- Jobs of a server are dead from now on. What was said of the last failure and of the runs stands in
-- all_bytes.
create function @s.bury_jobs(me int, my_no bigint, all_bytes bytea, numbers bigint[], new_losses int[],
  new_failures int[], starts int[], error_lengths int[], run_lengths int[]) returns void
language plpgsql as $$
declare ids bigint[];
begin
  if not @s.enter(me, 2, my_no) then return; end if;
  with o as (
    select j.ctid, t.* from unnest(numbers, new_losses, new_failures, starts, error_lengths, run_lengths)
      as t(n, l, f, st, el, rl) join @s.job j on j.id = t.n
    where j.owner is not distinct from me order by j.id for update of j
  ), w as (
    update @s.job j set owner = null, dead = true, due = null, expires = null, key = null,
      dead_key = j.key, losses = o.l, failures = o.f,
      error = case when o.el > 0 then substring(all_bytes from o.st + 1 for o.el) end,
      runs = case when o.rl > 0 then substring(all_bytes from o.st + o.el + 1 for o.rl) end
    from o where j.ctid = o.ctid returning j.id, j.func, j.priority
  ), c as (
    insert into @s.count_delta select func, priority, 0, 0, -count(*) from w group by 1, 2
  )
  select array_agg(w.id) into ids from w;
  delete from @s.progress where id = any(ids);
  perform @s.mark_dead(ids, true);
end $$;

-- Dead jobs live again, at the end of their queues, with as many runs as new ones; those whose key a live job has stay dead.
create function @s.kick(numbers bigint[], ttl float8)
returns table(out_id bigint, out_func int, out_priority smallint) language plpgsql as $$
declare n bigint; ids bigint[] := '{}';
begin
  foreach n in array numbers loop
    begin
      update @s.job j set dead = false, key = j.dead_key, dead_key = null, pos = nextval('@s.place'),
        ready = clock_timestamp(), losses = 0, failures = 0,
        expires = case when ttl > 0 then clock_timestamp() + ttl * interval '1 ms' end
      where j.id = n and j.dead returning j.id, j.func, j.priority into out_id, out_func, out_priority;
      if not found then continue; end if;
    exception when unique_violation then continue;
    end;
    insert into @s.count_delta values (out_func, out_priority, 1, 0, 0);
    ids := ids || n;
    return next;
  end loop;
  perform @s.mark_dead(ids, false);
end $$;

-- Dead jobs are gone for good. The answer: those that there were.
create function @s.drop_dead(numbers bigint[]) returns bigint[] language plpgsql as $$
declare ids bigint[];
begin
  with d as (delete from @s.job where id = any(numbers) and dead returning id)
  select coalesce(array_agg(d.id), '{}') into ids from d;
  perform @s.mark_dead(ids, false);
  return ids;
end $$;

-- Claims a job that nobody has, whether or not it waits for its time.
create function @s.claim_number(me int, my_no bigint, wanted bigint) returns setof @s.claimed_job
language plpgsql as $$
begin
  if not @s.enter(me, 2, my_no) then
    return query select * from @s.given_before(me);
    return;
  end if;
  perform from @s.job j where j.id = wanted and j.owner is null and not j.dead for update;
  if not found then return; end if;
  return query select * from @s.give_now(me, array[wanted]);
end $$;

-- Takes jobs out that nobody has, and that live.
create or replace function @s.take_out(numbers bigint[]) returns setof bigint language sql as $$
  with d as (
    delete from @s.job where id = any(numbers) and owner is null and not dead
    returning id, func, priority, due
  ), c as (
    insert into @s.count_delta
    select func, priority, -count(*) filter (where due is null), -count(*) filter (where due is not null), 0
    from d group by 1, 2
  )
  select id from d;
$$;

-- Moves a job that nobody has to the end of the queue of another priority.
create or replace function @s.reprioritize(wanted_id bigint, new_priority smallint)
returns table(out_func int, out_priority smallint, released bigint) language sql as $$
  with o as (
    select ctid, priority as was from @s.job where id = wanted_id and owner is null and not dead
    for update
  ), u as (
    update @s.job j set priority = new_priority, pos = nextval('@s.place') from o where j.ctid = o.ctid
    returning j.func, o.was, j.due
  ), c as (
    insert into @s.count_delta
    select func, p, case when due is null then n else 0 end, case when due is null then 0 else n end, 0
    from u cross join lateral (values (was, -1), (new_priority, 1)) as v(p, n) where was <> new_priority
  )
  select func, new_priority, case when due is null then 1::bigint else 0 end from u;
$$;

select @s.mark_dead(array(select id from @s.job where dead), true);
`;
