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

-- A number for the history that this engine goes on with: it is another one after a fail-over to a standby,
-- and in a copy that was restored. 1 if the engine does not tell.
create function @s.lineage_now() returns bigint language plpgsql as $$
begin
  return 2 + (hashtextextended((select system_identifier from pg_control_system()) || ' ' ||
    left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), 0) & 4611686018427387903);
exception when others then
  return 1;
end $$;

-- A standby that takes over may not have heard of the last numbers that were given. Nobody is to get them
-- again: all go on far above. Sequences are no part of transactions: what is set here holds at once.
create function @s.check_lineage() returns void language plpgsql as $$
declare now_is bigint := @s.lineage_now();
begin
  if (select last_value from @s.lineage) = now_is then return; end if;
  perform pg_advisory_lock(@s.lock_class('lineage'), 0);
  if (select last_value from @s.lineage) <> now_is then
    perform setval('@s.block', (select last_value from @s.block) + 1024),
      setval('@s.submitted', (select last_value from @s.submitted) + 1024 * 1048576),
      setval('@s.place', (select last_value from @s.place) + 4294967296),
      setval('@s.server_id_seq', (select last_value from @s.server_id_seq) + 1000),
      setval('@s.func_id_seq', (select last_value from @s.func_id_seq) + 1000);
    perform setval('@s.lineage', now_is);
  end if;
  perform pg_advisory_unlock(@s.lock_class('lineage'), 0);
end $$;

-- The number of a block of numbers, for one server.
create function @s.take_block() returns bigint language plpgsql as $$
begin
  perform @s.check_lineage();
  return nextval('@s.block');
end $$;

create function @s.func_id(wanted bytea) returns int language plpgsql as $$
declare found_id int; was_dropped boolean;
begin
  select f.id, f.dropped into found_id, was_dropped from @s.func f where f.name = wanted;
  if found_id is null then
    perform @s.check_lineage();
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

select setval('@s.lineage', @s.lineage_now());
`;
