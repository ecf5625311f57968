/** What one of the servers does for all. */
export const HOUSEKEEPING = `
-- Makes jobs ready whose time has come: behind all others of their queues.
create function @s.promote(most int)
returns table(out_func int, out_priority smallint, released bigint) language plpgsql as $$
begin
  return query
    with d as (
      select ctid from @s.job where due <= clock_timestamp() order by due, id limit most
      for update skip locked
    ), u as (
      update @s.job j set ready = due, due = null, pos = nextval('@s.place')
      where j.ctid = any(array(select d.ctid from d)) returning j.func, j.priority
    ), n as (
      select u.func, u.priority, count(*) as n from u group by 1, 2
    ), c as (
      insert into @s.count_delta select n.func, n.priority, n.n, -n.n, 0 from n
    )
    select n.func, n.priority, n.n from n;
end $$;

-- Milliseconds until the next job is due; null if none has a time.
create function @s.next_due() returns float8 language sql as $$
  select extract(epoch from min(due) - clock_timestamp())::float8 * 1000 from @s.job where due is not null;
$$;

-- Adds up the changes of the numbers.
create function @s.fold_counts() returns void language sql as $$
  with d as (delete from @s.count_delta returning *)
  insert into @s.count_delta
  select func, priority, sum(waiting), sum(scheduled), sum(claimed) from d group by 1, 2
  having sum(waiting) <> 0 or sum(scheduled) <> 0 or sum(claimed) <> 0;
$$;

-- Compares the numbers with the jobs, in one look at both, and puts them right. The answer: how many jobs
-- they were off by.
create function @s.check_counts() returns bigint language sql set enable_seqscan = on as $$
  with real as (
    select func, priority, count(*) filter (where owner is null and due is null) as waiting,
      count(*) filter (where due is not null) as scheduled,
      count(*) filter (where owner is not null) as claimed
    from @s.job where not dead group by 1, 2
  ), said as (
    select func, priority, sum(waiting) as waiting, sum(scheduled) as scheduled, sum(claimed) as claimed
    from @s.count_delta group by 1, 2
  ), off as (
    select func, priority, coalesce(r.waiting, 0) - coalesce(s.waiting, 0) as waiting,
      coalesce(r.scheduled, 0) - coalesce(s.scheduled, 0) as scheduled,
      coalesce(r.claimed, 0) - coalesce(s.claimed, 0) as claimed
    from real r full join said s using (func, priority)
  ), fixed as (
    insert into @s.count_delta select * from off where waiting <> 0 or scheduled <> 0 or claimed <> 0
    returning *
  )
  select coalesce(sum(abs(waiting) + abs(scheduled) + abs(claimed)), 0)::bigint from fixed;
$$;

-- Forgets lives that have ended a day ago, and progress of jobs that are gone.
create function @s.tidy() returns void language sql as $$
  with s as (delete from @s.server where died < clock_timestamp() - interval '1 day' returning id)
  delete from @s.lane where server in (select id from s);
  delete from @s.progress p where not exists (select from @s.job j where j.id = p.id and j.owner is not null);
$$;
`;
