/** What people see with psql, and who may do what. */
export const VIEWS = `
-- Bytes as text; those that are none in UTF-8 are escaped.
create function @s.text_of(bytes bytea) returns text language plpgsql immutable as $$
begin
  return convert_from(bytes, 'UTF8');
exception when others then
  return encode(bytes, 'escape');
end $$;

create function @s.unique_of(key bytea) returns text language sql immutable as $$
  select case when key is null then '' when get_byte(key, 0) > 0 then @s.text_of(key)
    when get_byte(key, 1) > 0 then '-' else @s.text_of(substring(key from 3)) end
$$;

create view @s.jobs as
select j.id as number,
  (select handle_base from @s.meta) || lpad(j.id::text, 14, '0') as handle,
  @s.text_of(f.name) as function, @s.unique_of(j.key) as "unique",
  (array['high', 'normal', 'low'])[j.priority + 1] as priority,
  case when j.dead then 'dead' when j.owner is not null then 'claimed' when j.due is not null then 'scheduled'
    else 'waiting' end as state,
  coalesce(p.running, false) as running, s.name as server, j.created, j.due, j.losses, j.failures,
  @s.text_of(j.error) as error, coalesce(octet_length(j.payload), 0) as payload_length
from @s.job j join @s.func f on f.id = j.func
left join @s.server s on s.id = j.owner left join @s.progress p on p.id = j.id;
comment on view @s.jobs is 'The live background jobs of geartrain';
comment on function @s.submit is 'Submits a background job within the transaction; returns its handle';

-- Who may connect may do nothing here. Two roles are made, if the role that migrates may make roles, or are
-- there before: members of <schema>_submit may call submit(), those of <schema>_view may read the view.
-- "grant geartrain_submit to app" is what an administrator says then.
revoke all on all functions in schema @s from public;
do $$
declare what text;
begin
  foreach what in array array['@s_submit', '@s_view'] loop
    if not exists (select from pg_roles where rolname = what) then
      begin
        execute format('create role %I nologin', what);
      exception when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise notice 'the role % cannot be made: grant by hand what it may do', what;
          continue;
      end;
    end if;
    execute format('grant usage on schema @s to %I', what);
  end loop;
  if exists (select from pg_roles where rolname = '@s_submit') then
    execute 'grant execute on function @s.submit to @s_submit';
  end if;
  if exists (select from pg_roles where rolname = '@s_view') then
    execute 'grant select on @s.jobs to @s_view';
    execute 'grant execute on function @s.text_of, @s.unique_of to @s_view';
  end if;
end $$;
`;
