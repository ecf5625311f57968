/** What becomes of jobs that a server has. */
export const WRITING = `
-- As that with fewer arguments, which servers of version 1 call. What the runs came to stands behind the
-- error in all_bytes.
create function @s.write_jobs(me int, my_no bigint, all_bytes bytea, numbers bigint[],
  priorities smallint[], new_losses int[], new_failures int[], starts int[], error_lengths int[],
  run_lengths int[], frees boolean[], dues float8[], lasts boolean[])
returns table(out_func int, out_priority smallint, released bigint, ready bigint) language plpgsql as $$
declare funcs int[]; prios smallint[]; all_of bigint[]; ready_of bigint[]; freed bigint[]; back int[];
begin
  if not @s.enter(me, 2, my_no) then return; end if;
  with t as (
    select u.*, case when u.d > 0 and to_timestamp(u.d / 1000) > clock_timestamp()
      then to_timestamp(u.d / 1000) end as later
    from unnest(numbers, priorities, new_losses, new_failures, starts, error_lengths, run_lengths, frees,
      dues, lasts) as u(n, p, l, f, st, el, rl, free, d, last)
  ), o as (
    select j.ctid, j.priority as was, t.* from t join @s.job j on j.id = t.n
    where j.owner is not distinct from me order by j.id for update of j
  ), w as (
    update @s.job j set owner = case when o.free then null else me end,
      priority = o.p, losses = o.l, failures = o.f, due = o.later,
      pos = case when o.last then nextval('@s.place') else j.pos end,
      error = case when o.el > 0 then substring(all_bytes from o.st + 1 for o.el) end,
      runs = case when o.rl > 0 then substring(all_bytes from o.st + o.el + 1 for o.rl) end
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
