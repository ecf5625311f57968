/** How jobs leave a server. */
export const GIVING_BACK = `
-- Jobs of a server wait again, where they stood: those with these numbers, or all of them if null.
create function @s.release(who int, numbers bigint[], losses_more int)
returns table(out_func int, out_priority smallint, released bigint) language plpgsql
set enable_seqscan = on as $$
declare funcs int[]; prios smallint[]; counts bigint[];
begin
  with r as (
    update @s.job j set owner = null, losses = j.losses + losses_more
    where j.owner = who and j.id = any(numbers) returning j.id, j.func, j.priority
  ), p as (
    delete from @s.progress where id in (select r.id from r)
  ), c as (
    select r.func, r.priority, count(*) as n from r group by 1, 2
  ), d as (
    insert into @s.count_delta select c.func, c.priority, c.n, 0, -c.n from c
  )
  select array_agg(c.func), array_agg(c.priority), array_agg(c.n) into funcs, prios, counts from c;
  perform @s.rewind(funcs);
  return query select * from unnest(funcs, prios, counts);
end $$;

create function @s.owned_by(who int) returns bigint[] language sql set enable_seqscan = on as $$
  select coalesce(array_agg(id), '{}') from @s.job where owner = who;
$$;

-- Takes jobs out that nobody has.
create function @s.take_out(numbers bigint[]) returns setof bigint language sql as $$
  with d as (
    delete from @s.job where id = any(numbers) and owner is null returning id, func, priority, due
  ), c as (
    insert into @s.count_delta
    select func, priority, -count(*) filter (where due is null), -count(*) filter (where due is not null), 0
    from d group by 1, 2
  )
  select id from d;
$$;

-- Moves a job that nobody has to the end of the queue of another priority.
create function @s.reprioritize(wanted_id bigint, new_priority smallint)
returns table(out_func int, out_priority smallint, released bigint) language sql as $$
  with o as (
    select ctid, priority as was from @s.job where id = wanted_id and owner is null for update
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

-- Jobs have ended. The answer: those that were not the server's.
create function @s.end_jobs(me int, my_no bigint, numbers bigint[], with_progress bigint[])
returns bigint[] language plpgsql as $$
declare others bigint[];
begin
  if not @s.enter(me, 3, my_no) then
    return (select coalesce(answer, '{}') from @s.lane where server = me and lane = 3);
  end if;
  with d as (
    delete from @s.job where id = any(numbers) and owner is not distinct from me
    returning id, func, priority
  ), c as (
    insert into @s.count_delta select func, priority, 0, 0, -count(*) from d group by 1, 2
  )
  select coalesce(array_agg(u.n), '{}') into others
  from unnest(numbers) as u(n) left join d on d.id = u.n where d.id is null;
  if cardinality(with_progress) > 0 then
    delete from @s.progress where id = any(with_progress);
  end if;
  if cardinality(others) > 0 then
    update @s.lane set answer = others where server = me and lane = 3;
  end if;
  return others;
end $$;

-- Writes what has changed of jobs of a server, and gives back those that are free. The answer: how many
-- jobs of which queue are ready now.
create function @s.write_jobs(me int, my_no bigint, all_bytes bytea, numbers bigint[],
  priorities smallint[], new_losses int[], new_failures int[], starts int[], error_lengths int[],
  frees boolean[], dues float8[], lasts boolean[])
returns table(out_func int, out_priority smallint, released bigint, ready bigint) language plpgsql as $$
declare funcs int[]; prios smallint[]; all_of bigint[]; ready_of bigint[]; freed bigint[]; back int[];
begin
  if not @s.enter(me, 2, my_no) then return; end if;
  with t as (
    select u.*, case when u.d > 0 and to_timestamp(u.d / 1000) > clock_timestamp()
      then to_timestamp(u.d / 1000) end as later
    from unnest(numbers, priorities, new_losses, new_failures, starts, error_lengths, frees, dues, lasts)
      as u(n, p, l, f, st, el, free, d, last)
  ), o as (
    select j.ctid, j.priority as was, t.* from t join @s.job j on j.id = t.n
    where j.owner is not distinct from me order by j.id for update of j
  ), w as (
    update @s.job j set owner = case when o.free then null else me end,
      priority = o.p, losses = o.l, failures = o.f, due = o.later,
      pos = case when o.last then nextval('@s.place') else j.pos end,
      error = case when o.el > 0 then substring(all_bytes from o.st + 1 for o.el) end
    from o where j.ctid = o.ctid
    returning j.id, j.func, o.was, j.priority as now, o.free, j.due is not null as is_later, o.last
  ), c as (
    insert into @s.count_delta
    select func, priority, sum(waiting), sum(scheduled), sum(claimed) from (
      select func, was as priority, 0 as waiting, 0 as scheduled, -1 as claimed from w
      union all
      select func, now, case when free and not is_later then 1 else 0 end,
        case when is_later then 1 else 0 end, case when free then 0 else 1 end from w) e
    group by 1, 2 having sum(waiting) <> 0 or sum(scheduled) <> 0 or sum(claimed) <> 0
  ), r as (
    select func, now, count(*) as n, count(*) filter (where not is_later) as n_ready,
      count(*) filter (where not is_later and not last) as n_back
    from w where free group by 1, 2
  )
  select array_agg(r.func), array_agg(r.now), array_agg(r.n), array_agg(r.n_ready),
    array_agg(r.func) filter (where r.n_back > 0), (select array_agg(w.id) from w where w.free)
  into funcs, prios, all_of, ready_of, back, freed from r;
  if back is not null then perform @s.rewind(back); end if;
  if freed is not null then delete from @s.progress where id = any(freed); end if;
  return query select * from unnest(funcs, prios, all_of, ready_of);
end $$;
`;
