/** How jobs come in, with what holds for them. */
export const ADDING = `
-- As that with fewer arguments, which servers of version 1 call. A job waits for ttls[i] milliseconds at most
-- since it could run first, for ever if that is 0.
create function @s.add_jobs(me int, my_no bigint, all_bytes bytea, numbers bigint[], funcs int[],
  priorities smallint[], dues float8[], ours boolean[], starts int[], key_lengths int[],
  reducer_lengths int[], payload_lengths int[], ttls float8[], most_runs int[])
returns bigint[] language plpgsql as $$
declare
  done bigint[] := '{}'; fresh bigint[]; pairs bigint[]; joined bigint[] := '{}';
  places bigint[];
begin
  if not @s.enter(me, 1, my_no) then
    return (select coalesce(answer, '{}') from @s.lane where server = me and lane = 1);
  end if;
  -- A standby that took over may not have heard of a new function.
  if exists (select from (select distinct f from unnest(funcs) f) d
    where not exists (select from @s.func x where x.id = d.f))
  then raise sqlstate 'GT003' using message = 'a function is not known'; end if;
  -- In their order, also if some are inserted later than others, which is in that of their keys.
  places := array(select nextval('@s.place') from generate_series(1, cardinality(numbers)));
  loop
    with t as materialized (
      select u.*,
        case when kl > 0 then substring(all_bytes from st + 1 for kl) end as k,
        case when d > 0 and to_timestamp(d / 1000) > clock_timestamp() then to_timestamp(d / 1000) end
          as later
      from unnest(numbers, funcs, priorities, dues, ours, starts, key_lengths, reducer_lengths,
        payload_lengths, places, ttls, most_runs)
        as u(n, f, p, d, o, st, kl, rl, pl, pos, ttl, runs)
      where cardinality(done) = 0 or not n = any(done)
    ), i as (
      insert into @s.job(id, pos, due, func, owner, priority, key, reducer, payload, attempts, expires)
      select n, t.pos, later, f, case when o then me end, p, k,
        case when rl > 0 then substring(all_bytes from st + kl + 1 for rl) end,
        case when pl > 0 then substring(all_bytes from st + kl + rl + 1 for pl) end,
        runs, case when ttl > 0 then coalesce(later, clock_timestamp()) + ttl * interval '1 ms' end
      from t order by f, k nulls first, n      -- two servers never wait for each other in a ring
      on conflict (func, key) where key is not null do nothing
      returning id, func, priority, owner, due
    ), c as (
      insert into @s.count_delta
      select func, priority, count(*) filter (where owner is null and due is null),
        count(*) filter (where due is not null), count(*) filter (where owner is not null)
      from i group by 1, 2
    )
    select coalesce(array_agg(id), '{}') into fresh from i;
    done := done || fresh;
    exit when cardinality(done) = cardinality(numbers);
    -- What did not come back has a live job with its key; none: that has ended meanwhile.
    select coalesce(array_agg(v order by nr, nth), '{}') into pairs from (
      select row_number() over () as nr, array[u.n, j.id] as pair
      from unnest(numbers, funcs, starts, key_lengths) as u(n, f, st, kl)
      left join unnest(done) as s(id) on s.id = u.n
      join @s.job j on j.func = u.f and j.key = substring(all_bytes from u.st + 1 for u.kl)
      where s.id is null and u.kl > 0) found
    cross join lateral unnest(found.pair) with ordinality as e(v, nth);
    joined := joined || pairs;
    done := done || array(select pairs[i] from generate_series(1, cardinality(pairs), 2) i);
    exit when cardinality(done) = cardinality(numbers);
  end loop;
  if cardinality(joined) > 0 then
    update @s.lane set answer = joined where server = me and lane = 1;
  end if;
  return joined;
end $$;
`;
