/** How servers come and go. */
export const MEMBERS = `
-- A new life of a server.
create function @s.join_queue(my_name text, my_address text, my_version text) returns int
language plpgsql as $$
declare me int;
begin
  perform @s.check_lineage();
  insert into @s.server(name, address, version) values (my_name, my_address, my_version)
    returning id into me;
  insert into @s.lane(server, lane) values (me, 1), (me, 2), (me, 3);
  return me;
end $$;

-- A server lives. Null: it was declared dead.
create function @s.beat(me int, has_claimed int, has_workers int, now_address text) returns bigint
language sql as $$
  update @s.server set beat = beat + 1, seen = clock_timestamp(), claimed = has_claimed,
    workers = has_workers, address = now_address
  where id = me and died is null returning beat;
$$;

-- The end of a life: what it owned waits again, with so many losses more. Marking it and giving back
-- are one transaction, which waits for calls that have begun.
create function @s.bury(who int, losses_more int)
returns table(out_func int, out_priority smallint, released bigint) language plpgsql as $$
begin
  delete from @s.server_func where server = who;
  return query select * from @s.release(who, @s.owned_by(who), losses_more);
end $$;

-- A server whose beat stays as it was seen is dead. No rows, or a row of zeros if it had nothing. Null: it
-- is not dead, or was before.
create function @s.declare_dead(who int, seen_beat bigint)
returns table(out_func int, out_priority smallint, released bigint) language plpgsql as $$
begin
  perform pg_advisory_xact_lock(@s.lock_class('calls'), who);
  update @s.server set died = clock_timestamp() where id = who and beat = seen_beat and died is null;
  if not found then return; end if;
  return query select 0, 0::smallint, 0::bigint;
  return query select * from @s.bury(who, 1);
end $$;

-- Forgets a function that has no jobs and no workers; its number stays.
create function @s.drop_func(wanted bytea) returns boolean language plpgsql as $$
declare f int;
begin
  select id into f from @s.func where name = wanted for no key update;
  if f is null then return true; end if;
  if exists (select from @s.server_func where func = f and workers > 0)
    or (select sum(waiting) + sum(scheduled) + sum(claimed) from @s.count_delta where func = f) <> 0
  then return false; end if;
  update @s.func set dropped = true, max_high = 0, max_normal = 0, max_low = 0 where id = f;
  perform @s.tell_all('functions');
  return true;
end $$;

create function @s.set_max_queue(wanted bytea, high bigint, normal bigint, low bigint) returns void
language plpgsql as $$
declare f int := @s.func_id(wanted);
begin
  update @s.func set max_high = high, max_normal = normal, max_low = low where id = f;
  perform @s.tell_all('functions');
end $$;

create function @s.tell_all(message text) returns void language sql as $$
  select pg_notify(@s.channel(id), message) from @s.server where died is null;
$$;

-- A server says goodbye.
create function @s.leave(me int)
returns table(out_func int, out_priority smallint, released bigint) language plpgsql as $$
begin
  perform pg_advisory_xact_lock(@s.lock_class('calls'), me);
  update @s.server set died = clock_timestamp() where id = me and died is null;
  if not found then return; end if;
  return query select * from @s.bury(me, 0);
end $$;

-- Ends the connections that hold locks of a server which is to be declared dead: one may be in the middle
-- of an answer that nobody reads.
create function @s.break_off(who int) returns bigint language sql as $$
  select count(*) from (
    select pg_terminate_backend(l.pid) from pg_locks l
    where l.locktype = 'advisory' and l.database = (select oid from pg_database where datname = current_database())
      and l.objid = who::oid and l.objsubid = 2 and l.pid <> pg_backend_pid() and l.granted
      and l.classid in ((@s.lock_class('calls')::bigint & 4294967295)::oid,
        (@s.lock_class('session')::bigint & 4294967295)::oid)) t;
$$;
`;
