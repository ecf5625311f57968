import { group } from "mitata";
import { encodeRequest, PacketType } from "../protocol/mod.ts";
import { add } from "./benchmark.ts";
import { repeated } from "./packets.ts";
import { startServer } from "./served_process.ts";
import { SocketPeer } from "./socket_peer.ts";

const WARM_UP_ROUNDS = 50;
const GRAB = encodeRequest(PacketType.GRAB_JOB);
const PRE_SLEEP = encodeRequest(PacketType.PRE_SLEEP);

/** Does jobs, one after the other; the result is the payload. `done` is called for each. */
async function startWorker(port: number, done: () => void = () => {}): Promise<SocketPeer> {
  const worker = await SocketPeer.connect(port);
  worker.onPacket = (type, body) => {
    if (type === PacketType.NO_JOB) return worker.send(PRE_SLEEP);
    if (type === PacketType.NOOP) return worker.send(GRAB);
    const handleEnd = body.indexOf(0);
    const payloadStart = body.indexOf(0, handleEnd + 1) + 1;
    const handle = body.toString("latin1", 0, handleEnd);
    worker.send(encodeRequest(PacketType.WORK_COMPLETE, handle, body.subarray(payloadStart)));
    worker.send(GRAB);
    done();
  };
  worker.send(encodeRequest(PacketType.CAN_DO, "echo"));
  worker.send(GRAB);
  return worker;
}

/** Sends `count` requests in one write and resolves when as many answers of this type are there. */
function answers(peer: SocketPeer, requests: Uint8Array, type: number, count: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  peer.onPacket = (arrived) => {
    if (arrived === type && --left === 0) resolve();
  };
  peer.send(requests);
  return promise;
}

/** So many jobs at once from each client, until all have their results. */
function jobs(name: string, clients: number, depth: number, workers: number, size: number): void {
  add(`server: ${name}`, async function* () {
    const server = await startServer();
    const { port } = server;
    const submitters = await some(clients, () => SocketPeer.connect(port));
    const done = await some(workers, () => startWorker(port));
    const submits = repeated(
      encodeRequest(PacketType.SUBMIT_JOB, "echo", "", new Uint8Array(size)),
      depth,
    );
    const { WORK_COMPLETE } = PacketType;
    const round = () =>
      Promise.all(submitters.map((client) => answers(client, submits, WORK_COMPLETE, depth)));
    // Until the server's code is compiled.
    for (let count = 0; count < WARM_UP_ROUNDS; count++) await round();
    yield round;
    for (const peer of [...submitters, ...done]) peer.close();
    await server.stop();
  });
}

/** So many background jobs at once from each client, until the last one is acknowledged. */
function submits(name: string, clients: number, depth: number): void {
  add(`server: ${name}`, async function* () {
    const server = await startServer();
    const submitters = await some(clients, () => SocketPeer.connect(server.port));
    const jobs = repeated(
      encodeRequest(PacketType.SUBMIT_JOB_BG, "queued", "", new Uint8Array(100)),
      depth,
    );
    const { JOB_CREATED } = PacketType;
    yield () => Promise.all(submitters.map((client) => answers(client, jobs, JOB_CREATED, depth)));
    for (const peer of submitters) peer.close();
    await server.stop();
  });
}

/** So many background jobs at once, until workers, who sleep before, have done all of them. */
function drained(name: string, depth: number, workers: number): void {
  add(`server: ${name}`, async function* () {
    const server = await startServer();
    let left = 0;
    let resolve = () => {};
    const client = await SocketPeer.connect(server.port);
    const done = await some(workers, () =>
      startWorker(server.port, () => {
        if (--left === 0) resolve();
      }));
    const jobs = repeated(
      encodeRequest(PacketType.SUBMIT_JOB_BG, "echo", "", new Uint8Array(100)),
      depth,
    );
    const round = async () => {
      left = depth;
      const all = new Promise<void>((last) => resolve = last);
      await Promise.all([answers(client, jobs, PacketType.JOB_CREATED, depth), all]);
    };
    for (let count = 0; count < WARM_UP_ROUNDS; count++) await round();
    yield round;
    for (const peer of [client, ...done]) peer.close();
    await server.stop();
  });
}

function some(count: number, make: () => Promise<SocketPeer>): Promise<SocketPeer[]> {
  return Promise.all(Array.from({ length: count }, make));
}

function echoes(depth: number): void {
  add(`server: ${depth} ECHO_REQ in one write`, async function* () {
    const server = await startServer();
    const client = await SocketPeer.connect(server.port);
    const requests = repeated(encodeRequest(PacketType.ECHO_REQ, "a text of twenty...."), depth);
    yield () => answers(client, requests, PacketType.ECHO_RES, depth);
    client.close();
    await server.stop();
  });
}

group("Server, in a process of its own, over loopback", () => {
  jobs("a job, 1 client, 1 worker", 1, 1, 1, 100);
  jobs("64 jobs at once, 1 client, 8 workers", 1, 64, 8, 100);
  jobs("128 jobs at once, 8 clients, 8 workers", 8, 16, 8, 100);
  jobs("128 jobs of 4 KiB at once, 8 clients, 8 workers", 8, 16, 8, 4096);
  submits("512 background submits at once, 8 clients", 8, 64);
  drained("512 background jobs at once, done by 8 workers", 512, 8);
  echoes(64);
});
