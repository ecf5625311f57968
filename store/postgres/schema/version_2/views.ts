/** What people see with psql of what rules need. */
export const VIEWS = `
create or replace view @s.jobs as
select j.id as number,
  (select handle_base from @s.meta) || lpad(j.id::text, 14, '0') as handle,
  @s.text_of(f.name) as function, @s.unique_of(coalesce(j.key, j.dead_key)) as "unique",
  (array['high', 'normal', 'low'])[j.priority + 1] as priority,
  case when j.dead then 'dead' when j.owner is not null then 'claimed' when j.due is not null then 'scheduled'
    else 'waiting' end as state,
  coalesce(p.running, false) as running, s.name as server, j.created, j.due, j.losses, j.failures,
  @s.text_of(j.error) as error, coalesce(octet_length(j.payload), 0) as payload_length, j.expires
from @s.job j join @s.func f on f.id = j.func
left join @s.server s on s.id = j.owner left join @s.progress p on p.id = j.id;

revoke all on all functions in schema @s from public;
`;
