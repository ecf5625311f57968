/** Small things that are no jobs. */
export const RECORDS = `
-- Records are something else from now on; one with a negative length is not there any more. Key and value
-- stand one behind the other in all_bytes. The answer: the number of the change.
create function @s.set_records(me int, my_no bigint, all_bytes bytea, kinds text[], starts int[],
  key_lengths int[], value_lengths int[]) returns bigint language plpgsql as $$
declare this_change bigint;
begin
  if not @s.enter(me, 3, my_no) then
    return (select coalesce(answer[1], 0) from @s.lane where server = me and lane = 3);
  end if;
  -- Changes are committed in the order of their numbers.
  perform pg_advisory_xact_lock(@s.lock_class('records'), 0);
  perform @s.check_lineage();
  this_change := nextval('@s.change');
  insert into @s.record as r (kind, key, value, change)
  select u.kind, substring(all_bytes from u.st + 1 for u.kl),
    case when u.vl >= 0 then substring(all_bytes from u.st + u.kl + 1 for u.vl) end, this_change
  from unnest(kinds, starts, key_lengths, value_lengths) as u(kind, st, kl, vl)
  on conflict (kind, key) do update
    set value = excluded.value, change = excluded.change, changed = clock_timestamp();
  update @s.lane set answer = array[this_change] where server = me and lane = 3;
  perform @s.tell_all('records');
  return this_change;
end $$;
`;
