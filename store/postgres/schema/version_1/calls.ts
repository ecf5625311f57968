/** What the calls of servers have in common. */
export const CALLS = `
-- Keys of advisory locks: that of a server's session, that of its calls, and those of one job each.
create function @s.lock_class(what text) returns int language sql stable as $$
  select hashtext('geartrain ' || what || ' @s')
$$;

-- The channel by which a server is told.
create function @s.channel(server int) returns text language sql stable as $$
  select 'geartrain_' || '@s'::regnamespace::oid || '_' || server
$$;

create function @s.func_id(wanted bytea) returns int language plpgsql as $$
declare found_id int; was_dropped boolean;
begin
  select f.id, f.dropped into found_id, was_dropped from @s.func f where f.name = wanted;
  if found_id is null then
    insert into @s.func(name) values (wanted) on conflict (name) do nothing returning id into found_id;
    if found_id is null then select f.id into found_id from @s.func f where f.name = wanted; end if;
  elsif was_dropped then
    update @s.func set dropped = false where id = found_id;
  end if;
  return found_id;
end $$;

-- Begins a call. False: it was carried out before, or must not be any more. declare_dead() waits for a
-- call that has begun, or the call for it.
create function @s.enter(me int, my_lane int, my_no bigint) returns boolean language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(@s.lock_class('calls'), me);
  update @s.lane set no = my_no, answer = null where server = me and lane = my_lane and no < my_no;
  if not found then
    perform from @s.lane where server = me and lane = my_lane and no = my_no;
    if not found then raise sqlstate 'GT002' using message = 'the call was taken back'; end if;
    return false;
  end if;
  perform from @s.server where id = me and died is null;
  if not found then raise sqlstate 'GT001' using message = 'the server was declared dead'; end if;
  return true;
end $$;

-- Takes a call back: what was answered, or null if it was not carried out, and never will be.
create function @s.take_back(me int, my_lane int, my_no bigint) returns bigint[] language plpgsql as $$
declare answered bigint[];
begin
  update @s.lane set no = my_no, answer = null where server = me and lane = my_lane and no < my_no;
  if found then return null; end if;
  select coalesce(answer, '{}') into answered from @s.lane
    where server = me and lane = my_lane and no = my_no;
  update @s.lane set answer = null where server = me and lane = my_lane and no = my_no;
  return answered;
end $$;

-- Jobs have come back to where they stood: who remembers how far a queue was claimed begins anew.
create function @s.rewind(funcs int[]) returns void language plpgsql as $$
begin
  perform from @s.func where id = any(funcs) order by id for no key update;
  update @s.func set rewound = rewound + 1 where id = any(funcs);
end $$;

-- Tells the servers that wait for jobs of these functions and priorities.
create function @s.wake(me int, funcs int[], priorities int[]) returns void language sql as $$
  -- A message has less than 8000 bytes; one that names no function means any.
  select pg_notify(@s.channel(w.server),
    case when count(*) > 500 then 'work' else 'work ' || string_agg(w.func::text, ',') end)
  from (select distinct h.server, h.func
    from unnest(funcs, priorities) as t(f, p)
    join @s.server_func h on h.func = t.f and h.hungry >= t.p and h.server <> me) w
  group by w.server
$$;
`;
