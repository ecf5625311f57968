import { Peer } from "../router/model/peer.ts";
import type { Recipient } from "../router/model/subscriber.ts";
import { Closed, type FunctionQueue } from "../router/model/function_queue.ts";
import type { Job } from "../router/model/job.ts";
import { JobState, JobStorage } from "../router/model/job_state.ts";
import { JOB_MEMORY } from "../router/flow/job_table.ts";
import type { ParkedFacts } from "../router/flow/slots.ts";
import type { Router } from "../router/router.ts";

/**
 * Checks that what the router knows twice agrees: every job is in exactly one place, counts equal
 * contents, lists are linked both ways, no job is without a reason to live. For tests.
 *
 * @throws {Error} naming the first thing that does not hold.
 */
export function assertInvariants(router: Router): void {
  const waiting = new Set<Job>();
  const counts = new Map<FunctionQueue, Job[]>();
  for (const func of router.functions.values()) {
    for (const job of func.waitingJobs()) {
      check(!waiting.has(job), `${job.handle} waits twice`);
      waiting.add(job);
      check(job.func === func, `${job.handle} waits in another function's queue`);
      check(job.state === JobState.QUEUED, `${job.handle} waits but is not queued`);
    }
    counts.set(func, []);
  }
  let keyed = 0;
  let memory = 0;
  let sharing = 0;
  for (const job of router.jobs.objects()) {
    check(!router.parked.has(job.number), `${job.handle} is parked and in memory`);
    check(counts.has(job.func), `${job.handle} belongs to a function that was dropped`);
    counts.get(job.func)!.push(job);
    checkJob(router, job, waiting);
    if (job.key !== null && !router.dedupe.waitsBehind(job)) keyed++;
    for (let other = job.firstSubscriber?.nextOfJob; other; other = other.nextOfJob) sharing++;
    memory += JOB_MEMORY + job.payloadEnd - job.uniqueStart;
  }
  check(router.uniques.size === keyed, `${router.uniques.size} uniques for ${keyed} keyed jobs`);
  check(router.jobs.memory === memory, `memory of jobs is ${router.jobs.memory} of ${memory}`);
  // The subscribers of jobs that have ended may be told of it in turns.
  check(router.jobs.sharing >= sharing, `${router.jobs.sharing} of ${sharing} clients share jobs`);
  let abilities = 0;
  for (const worker of router.connections.values()) abilities += worker.abilities.length;
  check(router.abilities.count === abilities, `workers have ${abilities} abilities`);
  const parked = Map.groupBy(router.parked.all(), ({ func }) => func);
  for (const [func, jobs] of counts) checkFunction(router, func, jobs, parked.get(func) ?? []);
  checkDead(router, counts);
  for (const job of router.running.late.keys()) {
    check(router.jobs.has(job), "a late result is waited for, but the job has ended");
    check(job.worker === null, `${job.handle} runs, and a late result is waited for`);
  }
  for (const connection of router.connections.values()) {
    let jobs = 0;
    for (let job = connection.firstJob; job !== null; job = job.next) {
      jobs++;
      check(job.worker === connection, `${job.handle} is in a list of another worker`);
      check(job.next === null || job.next.previous === job, "worker list");
    }
    check(connection.jobs === jobs, `connection ${connection.id} runs ${jobs} jobs`);
    let subscriptions = 0;
    let subscriber = connection.firstSubscriber;
    for (; subscriber !== null; subscriber = subscriber.nextOfRecipient) subscriptions++;
    check(
      connection.subscriptions === subscriptions,
      `connection ${connection.id} waits for ${subscriptions}`,
    );
    for (const ability of connection.abilities) {
      const listed = connection.unlisted.includes(ability);
      check(listed !== ability.isListed, "an ability is in no list of sleepers, or in two");
      const isListed = connection.isSleeping && !connection.isQuiet;
      check(!isListed || ability.isListed, "a sleeping worker cannot be woken");
      check(!connection.isQuiet || !ability.isListed, "a quiet worker can be woken");
    }
    if (connection.isSleeping && !connection.isQuiet) checkSleeper(router, connection);
  }
}

/** No job is both dead and alive, and each function knows how many of its jobs are dead. */
function checkDead(router: Router, functions: ReadonlyMap<FunctionQueue, unknown>): void {
  const { dead, jobs } = router;
  let count = 0;
  let standIns = 0;
  for (const func of functions.keys()) {
    const own = [...dead.of(func)];
    count += own.length;
    check(func.dead === own.length, `dead is ${func.dead} of ${own.length}`);
    const bytes = sumOf(own.map(({ bytes }) => bytes));
    check(func.deadBytes === bytes, `the dead have ${func.deadBytes} of ${bytes} bytes`);
    for (const { job } of own) {
      check(job.state === JobState.DEAD && job.trouble!.isDead, `${job.handle} is not dead`);
      const standIn = jobs.get(job.number);
      const isAlone = standIn === undefined && !jobs.isLiveNumber(job.number);
      check(isAlone || standIn?.trouble?.standsFor === job, `${job.handle} is dead and lives`);
      standIns += standIn === undefined ? 0 : 1;
      check(job.worker === null && job.key === null, `${job.handle} is dead and held`);
      check(job.firstSubscriber === null, `${job.handle} is dead, and a client waits for it`);
    }
  }
  check(router.standIns.size === standIns, `${standIns} of ${router.standIns.size} stand-ins`);
  check(dead.size === count, `${dead.size} dead jobs, but functions have ${count}`);
}

/** Work for a sleeper may wait a while for the workers woken before it, but not for ever. */
function checkSleeper(router: Router, worker: Peer): void {
  const { wakeup, wakeupDelay } = router.options;
  if (wakeup === 0 || wakeupDelay === -1) return;
  for (const { func } of worker.abilities) {
    const willWake = !func.hasWork || func.wakeUpTimer?.isSet === true;
    check(willWake, `connection ${worker.id} sleeps beside work and nothing will wake it`);
  }
}

function checkJob(router: Router, job: Job, waiting: Set<Job>): void {
  const { handle } = job;
  check(router.jobByHandle(handle) === job, `${handle} is not found by its handle`);
  check(job.state !== JobState.FINISHED, `${handle} has ended but is still known`);
  check((job.state === JobState.QUEUED) === waiting.has(job), `${handle} is queued but nowhere`);
  check((job.state === JobState.RUNNING) === (job.worker !== null), `${handle} and its worker`);
  check(job.state !== JobState.SCHEDULED || job.timer!.isSet, `${handle} waits for no timer`);
  check(
    job.state !== JobState.STORING || router.durability?.isWriting === true,
    `${handle} waits to be stored but nothing is written`,
  );
  const run = router.history?.runs(job).at(-1);
  check(
    router.history === null || (run?.cause === "running") === (job.worker !== null),
    `${handle} has a run that ${run?.cause}`,
  );
  check(job.state !== JobState.KEPT || router.stop !== null, `${handle} stays, but nobody stops`);
  check(job.trouble?.isDead !== true, `${handle} is dead and lives`);
  check(job.isNeeded || job.state === JobState.RUNNING, `${handle} lives though nobody needs it`);
  check(
    job.worker === null || router.connections.get(job.worker.id) === job.worker,
    `${handle} is run by a connection that is gone`,
  );
  let joins = 0;
  const clients = new Set<Recipient>();
  for (let subscriber = job.firstSubscriber; subscriber; subscriber = subscriber.nextOfJob) {
    joins += subscriber.joins;
    check(!clients.has(subscriber.recipient), `${handle} has two subscribers of a recipient`);
    clients.add(subscriber.recipient);
    check(subscriber.job === job, `${handle} has another job's subscriber`);
    const { recipient } = subscriber;
    check(
      !(recipient instanceof Peer) || !recipient.isClosed,
      `${handle} has a subscriber that is gone`,
    );
    const after = subscriber.nextOfJob ?? job.firstSubscriber!;
    check(after.previousOfJob === subscriber, `${handle} and the list of its subscribers`);
  }
  check(
    job.subscriberCount === joins,
    `${handle} counts ${job.subscriberCount} of ${joins} clients`,
  );
  const { size = clients.size, byRecipient = null } = job.firstSubscriber?.audience ?? {};
  check(size === clients.size, `${handle} counts its clients`);
  check(byRecipient === null || byRecipient.size === size, `${handle} finds its clients`);
  if (job.key !== null) checkUnique(router, job);
  if (job.key !== null && !job.key.byPayload && !router.dedupe.waitsBehind(job)) {
    const found = router.uniques.newestWith(job.body, job.uniqueStart, job.uniqueEnd);
    check(found !== null && found.number >= job.number, `${handle} is not found by its unique`);
  }
}

/** One job holds each unique; another one may wait until that has ended. */
function checkUnique(router: Router, job: Job): void {
  const { uniques, dedupe } = router;
  const key = { hash: 0, uniqueHash: 0, byPayload: false, bytes: job.body, start: 0, end: 0 };
  if (job.key!.byPayload && job.storage === JobStorage.OUTSIDE) return;
  uniques.keyOf(job, job.func, key);
  const holder = uniques.find(job.func, key);
  check(holder !== null, `nobody holds the unique of ${job.handle}`);
  if (!dedupe.waitsBehind(job)) check(holder === job, `${job.handle} has the unique of another`);
  else check(holder!.number < job.number, `${job.handle} waits behind nobody`);
}

function checkFunction(
  router: Router,
  func: FunctionQueue,
  jobs: Job[],
  parked: readonly ParkedFacts[],
): void {
  const inState = (state: number) =>
    jobs.filter((job) => job.state === state).length +
    parked.filter((job) => job.state === state).length;
  const live = jobs.length + parked.length;
  check(func.live === live, `live is ${func.live} of ${live}`);
  const lengths = func.queues.reduce((sum, { length }) => sum + length, 0);
  check(lengths === func.waiting, `queues have ${lengths} of ${func.waiting}`);
  check(func.running === inState(JobState.RUNNING), `running is ${func.running}`);
  check(func.waiting === inState(JobState.QUEUED), `waiting is ${func.waiting}`);
  check(func.storing === inState(JobState.STORING), `storing is ${func.storing}`);
  const scheduled = func.scheduled[0] + func.scheduled[1] + func.scheduled[2];
  check(scheduled === inState(JobState.SCHEDULED), `scheduled is ${scheduled}`);
  const { submitted, restored, claimed, left, ended, started, timedOut, requeued } = func.counts;
  const { kicked, offered } = func.counts;
  const came = sumOf(submitted) + restored + claimed + kicked + offered;
  const gone = sumOf(Object.values(ended)) + left;
  check(came === gone + live, `${came} jobs came, ${gone} ended and ${live} live`);
  const again = sumOf(Object.values(requeued));
  check(started >= func.running + again, `${started} runs, ${func.running} now, ${again} again`);
  check(timedOut >= requeued.timeout, `${requeued.timeout} of ${timedOut} late jobs wait again`);
  const isPaused = (func.closed & Closed.PAUSED) !== 0;
  check(isPaused || func.pause === null, "a function is paused, and not closed");
  check(func.pause === router.pauses.of(func.name), "a function has another pause");
  let workers = 0;
  let woken = 0;
  for (const connection of router.connections.values()) {
    if (connection.abilityOf(func) !== undefined) workers++;
    if (connection.wokenFor === func && connection.wokenInRound === func.wakeUpRound) woken++;
  }
  check(func.woken === woken, `woken is ${func.woken} of ${woken}`);
  check(func.workers === workers, `workers is ${func.workers} of ${workers}`);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`Invariant broken: ${otherwise}`);
}
