import type { OptionTable } from "../options/option.ts";
import { sqlitePath } from "../options/store.ts";
import * as values from "../options/values.ts";
import { GEARMAND_STORE_OPTIONS } from "./gearmand_options.ts";
import type { ServeSettings } from "./settings.ts";
import { syncTime } from "./sync_time.ts";

/** What peers can make the server hold at most. */
export const LIMIT_OPTIONS: OptionTable<ServeSettings> = [
  {
    key: "maxQueue",
    name: "max-queue",
    group: "Limits",
    value: "FUNC=N",
    repeatable: true,
    default: "no limit",
    help: "Refuse jobs of a function above this number of waiting and running ones; " +
      "FUNC=HIGH,NORMAL,LOW by priority. 0 is no limit. May be repeated.",
    parse: (text) => [values.maxQueue(text)],
  },
  {
    key: "maxConnections",
    name: "max-connections",
    group: "Limits",
    value: "N",
    default: "96 below the limit of file descriptors",
    help: "Further connections get an error and are closed, except for a few that ask by text " +
      "commands: any of them from this machine, version and ready from others.",
    parse: values.integer(1),
  },
  {
    key: "fileDescriptors",
    name: "file-descriptors",
    aliases: ["f"],
    group: "Limits",
    value: "N",
    default: "the system's hard limit",
    help: "How many files and sockets the server may have open.",
    parse: values.integer(1),
  },
  {
    key: "maxPacketSize",
    name: "max-packet-size",
    group: "Limits",
    value: "BYTES",
    default: "64M",
    help: "Largest packet; K, M and G (or KiB, MiB, GiB) are powers of 1024.",
    parse: values.bytes,
  },
  {
    key: "maxUnsent",
    name: "max-unsent",
    group: "Limits",
    value: "BYTES",
    default: "256M",
    help: "Disconnect a peer that leaves this much output unread.",
    parse: values.bytes,
  },
  {
    key: "receiveLimit",
    name: "receive-limit",
    group: "Limits",
    value: "BYTES",
    default: "a quarter of the memory, at most 1G",
    help: "Memory for packets above 64 KiB that are being received. Beyond it the peers with the " +
      "largest ones wait, and one at a time goes on.",
    parse: values.bytes,
  },
  {
    key: "maxJobs",
    name: "max-jobs",
    group: "Limits",
    value: "N",
    default: "as many as fit in a third of the memory",
    help: "Refuse submits while this many jobs wait or run, but for those that join a job.",
    parse: values.integer(1),
  },
  {
    key: "maxJobMemory",
    name: "max-job-memory",
    group: "Limits",
    value: "BYTES",
    default: "half of the memory; less below 384M",
    help:
      "Refuse jobs that do not fit in this much memory: 512 bytes each and their payloads, but " +
      "for payloads on disk.",
    parse: values.bytes,
  },
  {
    key: "maxFunctions",
    name: "max-functions",
    group: "Limits",
    value: "N",
    default: "as many as fit in a sixteenth of the memory",
    help: "Refuse what would make one more function than this: submits, workers, and commands.",
    parse: values.integer(1),
  },
];

/** Where jobs are kept, and what of them is in memory. */
export const STORE_OPTIONS: OptionTable<ServeSettings> = [
  {
    key: "store",
    name: "store",
    group: "Durability",
    value: "sqlite:FILE",
    default: "none: jobs are in memory only",
    help: "Keep background jobs in this SQLite database, so that no restart or crash loses them.",
    parse: sqlitePath,
  },
  {
    key: "sync",
    name: "sync",
    group: "Durability",
    value: "WHEN",
    default: "always",
    help:
      "When stored jobs are safe from a power cut: 'always' before a submit is answered, a time " +
      "such as 10ms at most that much later, 'off' when the system writes them. A crash of the " +
      "server alone never loses any.",
    parse: syncTime,
  },
  {
    key: "memoryLimit",
    name: "memory-limit",
    group: "Durability",
    value: "BYTES",
    default: "256M",
    help: "Memory for the payloads of stored jobs that wait; further payloads stay on disk.",
    parse: values.bytes,
  },
  {
    key: "jobsInMemory",
    name: "jobs-in-memory",
    group: "Durability",
    value: "N",
    default: "half of the default of --max-jobs",
    help:
      "Stored jobs in memory; of further ones that wait there are some 40 bytes each, and the " +
      "rest stays on disk until it is their turn.",
    parse: values.integer(1),
  },
  ...GEARMAND_STORE_OPTIONS,
];
