/** How jobs come to a server. */
export const CLAIMING = `
create type @s.claimed_job as (id bigint, pos bigint, func int, priority smallint, losses int,
  failures int, key bytea, reducer bytea, payload bytea, error bytea, age float8, wait float8,
  rewound bigint);

-- Milliseconds since then.
create function @s.since(moment timestamptz) returns float8 language sql volatile as $$
  select round(extract(epoch from clock_timestamp() - moment)::float8 * 1000)
$$;

-- Gives jobs that are locked to a server.
create function @s.give_to(me int, tids tid[]) returns setof @s.claimed_job language plpgsql as $$
begin
  if cardinality(tids) = 0 then return; end if;
  return query
    with u as (
      update @s.job j set owner = me where j.ctid = any(tids)
      returning j.id, j.pos, j.func, j.priority, j.losses, j.failures, j.key, j.reducer, j.payload, j.error,
        @s.since(j.created) as age, @s.since(coalesce(j.ready, j.created)) as wait
    ), a as (
      update @s.lane set answer = (select array_agg(u.id) from u) where server = me and lane = 2
    ), c as (
      insert into @s.count_delta
      select u.func, u.priority, -count(*), 0, count(*) from u group by 1, 2
    )
    select u.*, f.rewound from u join @s.func f on f.id = u.func;
end $$;

-- What a claim was answered that is asked for again.
create function @s.given_before(me int) returns setof @s.claimed_job language sql as $$
  select j.id, j.pos, j.func, j.priority, j.losses, j.failures, j.key, j.reducer, j.payload, j.error,
    @s.since(j.created), @s.since(coalesce(j.ready, j.created)), f.rewound
  from @s.lane l cross join unnest(l.answer) as a(id) join @s.job j on j.id = a.id
  join @s.func f on f.id = j.func
  where l.server = me and l.lane = 2 and j.owner = me;
$$;

-- Claims jobs of the queues (funcs[i], priorities[i]) in this order: at most wants[i] of each, less those
-- of earlier ones with the same kins[i], from the place lows[i] on unless jobs have come back since
-- rewounds[i], most together, until their payloads are longer than most_bytes.
create function @s.claim(me int, my_no bigint, funcs int[], priorities smallint[], lows bigint[],
  rewounds bigint[], wants int[], kins int[], most int, most_bytes bigint)
returns setof @s.claimed_job language plpgsql as $$
declare
  tids tid[]; sizes bigint[]; got tid[] := '{}'; room int := most; space bigint := most_bytes;
  low bigint; kept int; want int; used int[] := array_fill(0, array[cardinality(kins)]);
begin
  if not @s.enter(me, 2, my_no) then
    return query select * from @s.given_before(me);
    return;
  end if;
  for i in 1 .. cardinality(funcs) loop
    exit when room <= 0 or space < 0;
    want := wants[i] - used[kins[i]];
    continue when want <= 0;
    select case when f.rewound = rewounds[i] then lows[i] else 0 end into low
      from @s.func f where f.id = funcs[i];
    select array_agg(t.ctid), array_agg(t.size) into tids, sizes from (
      select j.ctid, coalesce(octet_length(j.payload), 0)::bigint as size from @s.job j
      where j.func = funcs[i] and j.priority = priorities[i] and j.pos >= low
        and j.owner is null and j.due is null and not j.dead
      order by j.pos limit least(room, want) for update skip locked) t;
    continue when tids is null;
    kept := 0;
    while kept < cardinality(sizes) and space >= 0 loop
      kept := kept + 1;
      space := space - sizes[kept];
    end loop;
    got := got || tids[1:kept];
    room := room - kept;
    used[kins[i]] := used[kins[i]] + kept;
  end loop;
  return query select * from @s.give_to(me, got);
end $$;

-- Claims the job with a key.
create function @s.claim_key(me int, my_no bigint, wanted_func int, wanted_key bytea)
returns setof @s.claimed_job language plpgsql as $$
begin
  if not @s.enter(me, 2, my_no) then
    return query select * from @s.given_before(me);
    return;
  end if;
  return query select * from @s.give_to(me, array(
    select j.ctid from @s.job j where j.func = wanted_func and j.key = wanted_key
      and j.owner is null and j.due is null and not j.dead for update));
end $$;

-- Nobody waits for the answer of this claim any more: what it got waits again.
create function @s.undo_claim(me int, my_no bigint) returns void language plpgsql as $$
begin
  perform @s.release(me, @s.take_back(me, 2, my_no), 0);
end $$;
`;
