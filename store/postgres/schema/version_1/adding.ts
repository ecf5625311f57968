/** How jobs come in. */
export const ADDING = `
-- Adds jobs. Bytes of key, reducer and payload stand one behind the other in all_bytes. The answer has a
-- number and that of the live job with its key for each that was not inserted.
create function @s.add_jobs(me int, my_no bigint, all_bytes bytea, numbers bigint[], funcs int[],
  priorities smallint[], dues float8[], ours boolean[], starts int[], key_lengths int[],
  reducer_lengths int[], payload_lengths int[]) returns bigint[] language plpgsql as $$
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
        case when kl > 0 then substring(all_bytes from st + 1 for kl) end as k
      from unnest(numbers, funcs, priorities, dues, ours, starts, key_lengths, reducer_lengths,
        payload_lengths, places) as u(n, f, p, d, o, st, kl, rl, pl, pos)
      where cardinality(done) = 0 or not n = any(done)
    ), i as (
      insert into @s.job(id, pos, due, func, owner, priority, key, reducer, payload)
      select n, t.pos,
        case when d > 0 and to_timestamp(d / 1000) > clock_timestamp() then to_timestamp(d / 1000) end,
        f, case when o then me end, p, k,
        case when rl > 0 then substring(all_bytes from st + kl + 1 for rl) end,
        case when pl > 0 then substring(all_bytes from st + kl + rl + 1 for pl) end
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

-- Nobody waits for the answer of this call any more: what it wrote is taken out, unless others have it.
create function @s.undo_add(me int, my_no bigint, numbers bigint[]) returns void language plpgsql as $$
begin
  if @s.take_back(me, 1, my_no) is null then return; end if;
  with d as (delete from @s.job where id = any(numbers) and (owner is null or owner = me)
    returning func, priority, due, owner)
  insert into @s.count_delta
  select func, priority, -count(*) filter (where owner is null and due is null),
    -count(*) filter (where due is not null), -count(*) filter (where owner is not null)
  from d group by 1, 2;
end $$;

-- What applications call inside their own transactions: the job is there if that commits.
create function @s.submit(function text, payload bytea default null, "unique" text default null,
  priority text default 'normal', run_at timestamptz default null)
returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  f int; k bytea; n bigint; found_id bigint;
  p smallint := case $4 when 'high' then 0 when 'normal' then 1 when 'low' then 2 end;
  later timestamptz := case when $5 > clock_timestamp() then $5 end;
begin
  if p is null then raise 'the priority is high, normal or low'; end if;
  if $1 is null or octet_length($1) not between 1 and 512 then
    raise 'the name of a function has 1 to 512 bytes';
  end if;
  if octet_length($3) > 64 then raise 'a unique has at most 64 bytes'; end if;
  perform @s.check_lineage();
  f := @s.func_id(convert_to($1, 'UTF8'));
  n := nextval('@s.submitted') - 1;
  n := n / 1048576 * 2097152 + 1048576 + n % 1048576;
  k := case when $3 = '-' then case when octet_length($2) > 0 then '\\x0001'::bytea || sha256($2)
      else '\\x0002'::bytea || int8send(n) end
    when $3 <> '' then convert_to($3, 'UTF8') end;
  loop
    insert into @s.job(id, due, func, priority, key, payload)
      values (n, later, f, p, k, nullif($2, ''))
      on conflict (func, key) where key is not null do nothing returning id into found_id;
    if found_id is not null then
      insert into @s.count_delta values
        (f, p, case when later is null then 1 else 0 end, case when later is null then 0 else 1 end, 0);
      if later is null then perform @s.wake(0, array[f], array[p::int]); end if;
      exit;
    end if;
    select j.id into found_id from @s.job j where j.func = f and j.key = k;
    exit when found_id is not null;
  end loop;
  return (select handle_base from @s.meta) || lpad(found_id::text, 14, '0');
end $$;
`;
