/** How jobs come to a server, with what holds for them. */
export const CLAIMING = `
-- \`expires\`: milliseconds until it does; null: never.
alter type @s.claimed_job add attribute runs bytea, add attribute attempts int, add attribute expires float8;

-- Gives jobs that are locked to a server.
create or replace function @s.give_to(me int, tids tid[]) returns setof @s.claimed_job
language plpgsql as $$
begin
  if cardinality(tids) = 0 then return; end if;
  return query
    with u as (
      update @s.job j set owner = me where j.ctid = any(tids)
      returning j.id, j.pos, j.func, j.priority, j.losses, j.failures, j.key, j.reducer, j.payload, j.error,
        @s.since(j.created) as age, @s.since(coalesce(j.ready, j.created)) as wait,
        j.runs, j.attempts, -@s.since(j.expires) as expires
    ), a as (
      update @s.lane set answer = (select array_agg(u.id) from u) where server = me and lane = 2
    ), c as (
      insert into @s.count_delta
      select u.func, u.priority, -count(*), 0, count(*) from u group by 1, 2
    )
    select u.id, u.pos, u.func, u.priority, u.losses, u.failures, u.key, u.reducer, u.payload, u.error,
      u.age, u.wait, f.rewound, u.runs, u.attempts, u.expires
    from u join @s.func f on f.id = u.func;
end $$;

-- What a claim was answered that is asked for again.
create or replace function @s.given_before(me int) returns setof @s.claimed_job language sql as $$
  select j.id, j.pos, j.func, j.priority, j.losses, j.failures, j.key, j.reducer, j.payload, j.error,
    @s.since(j.created), @s.since(coalesce(j.ready, j.created)), f.rewound,
    j.runs, j.attempts, -@s.since(j.expires)
  from @s.lane l cross join unnest(l.answer) as a(id) join @s.job j on j.id = a.id
  join @s.func f on f.id = j.func
  where l.server = me and l.lane = 2 and j.owner = me;
$$;

-- The same for jobs that may wait for their time.
create function @s.give_now(me int, ids bigint[]) returns setof @s.claimed_job language plpgsql as $$
begin
  if cardinality(ids) = 0 then return; end if;
  with u as (
    update @s.job j set due = null where j.id = any(ids) and j.due is not null
    returning j.func, j.priority
  )
  insert into @s.count_delta select u.func, u.priority, count(*), -count(*), 0 from u group by 1, 2;
  return query select * from @s.give_to(me, array(select j.ctid from @s.job j where j.id = any(ids)));
end $$;

-- Claims jobs that have waited for as long as they may, those too that wait for their time.
create function @s.claim_expired(me int, my_no bigint, most int) returns setof @s.claimed_job
language plpgsql as $$
declare ids bigint[];
begin
  if not @s.enter(me, 2, my_no) then
    return query select * from @s.given_before(me);
    return;
  end if;
  ids := array(select j.id from @s.job j
    where j.expires <= clock_timestamp() and j.owner is null and not j.dead
    order by j.expires limit most for update skip locked);
  return query select * from @s.give_now(me, ids);
end $$;
`;
