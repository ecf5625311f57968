/** What one of the servers does for all, about what rules need. */
export const HOUSEKEEPING = `
-- Forgets lives that have ended a day ago, progress of jobs that are gone, and that records are gone.
create or replace function @s.tidy() returns void language sql as $$
  with s as (delete from @s.server where died < clock_timestamp() - interval '1 day' returning id)
  delete from @s.lane where server in (select id from s);
  delete from @s.progress p where not exists (select from @s.job j where j.id = p.id and j.owner is not null);
  delete from @s.record where value is null and changed < clock_timestamp() - interval '1 day';
$$;
`;
