/** The tables. `@s` stands for the schema; names and payloads are bytes, as peers sent them. */
export const TABLES = `
create table @s.meta(
  version int not null,              -- of this schema; a server refuses one that it does not know
  handle_base text not null);        -- what all handles begin with, up to their number

-- Servers take odd blocks of 2^20 numbers each, applications that call submit() the even ones between.
create sequence @s.block as bigint;
create sequence @s.submitted as bigint;
-- Places in the queues: who is made ready later has a higher one.
create sequence @s.place as bigint;
-- Its value stands for the history of the engine in which all these were given.
create sequence @s.lineage as bigint;

create table @s.func(
  id int generated always as identity primary key,
  name bytea not null unique check (length(name) <= 512),
  max_high bigint not null default 0, max_normal bigint not null default 0,
  max_low bigint not null default 0,
  rewound bigint not null default 0, -- grows when a job comes back to the place where it stood
  dropped boolean not null default false);

create table @s.job(
  id bigint primary key,             -- the number in the handle
  pos bigint not null default nextval('@s.place'),
  created timestamptz not null default clock_timestamp(),
  due timestamptz,                   -- null: as soon as possible
  ready timestamptz,                 -- the time that it had; null: it had none
  func int not null,
  owner int,                         -- server.id; null: nobody has it
  losses int not null default 0,
  failures int not null default 0,
  priority smallint not null check (priority between 0 and 2),
  dead boolean not null default false, -- no worker gets it
  key bytea,                         -- what stands for the unique: itself, or the payload's digest
  reducer bytea, payload bytea, error bytea  -- null if empty
) with (fillfactor = 50,             -- a claim finds room in the page: no index hears of it
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0,
  toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 20000,
  toast.autovacuum_vacuum_cost_delay = 0);
alter table @s.job alter payload set storage external;
-- None knows the owner: who owns what is looked for by a scan, when a server ends.
create index job_ready on @s.job(func, priority, pos) where due is null and not dead;
create index job_due on @s.job(due, func) where due is not null;
create index job_dead on @s.job(func, id) where dead;
create unique index job_key on @s.job(func, key) where key is not null;

-- A life of a server: a new row after each start, and after each time that it was declared dead.
create table @s.server(
  id int generated always as identity primary key,
  name text not null, address text not null, version text not null,
  beat bigint not null default 0,
  seen timestamptz not null default clock_timestamp(),
  claimed int not null default 0,    -- as it said with its last beat, with what follows
  workers int not null default 0,
  died timestamptz                   -- null while it lives
) with (fillfactor = 20);

-- The last call of each connection of a server that changes jobs, and what was answered: a call that is
-- sent again is carried out once.
create table @s.lane(
  server int not null, lane smallint not null, no bigint not null default 0, answer bigint[],
  primary key(server, lane)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000);
alter table @s.lane alter answer set storage external;

-- What the workers of a server can do.
create table @s.server_func(
  server int not null, func int not null, workers int not null, running int not null,
  hungry smallint not null,          -- it is told of new jobs with this priority or a higher one; -1: not
  primary key(server, func)) with (fillfactor = 50);

create table @s.progress(
  id bigint primary key, running boolean not null, numerator bigint not null, denominator bigint not null);

-- Changes of the numbers of jobs; their sums are the numbers.
create table @s.count_delta(
  func int not null, priority smallint not null,
  waiting bigint not null, scheduled bigint not null, claimed bigint not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
`;
