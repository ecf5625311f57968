import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { MAX_PACKET_TYPE, PACKETS, PacketType } from "../../protocol/mod.ts";

/** The protocol as published and as the C server has it, written down a second time. */
const EXPECTED = `
1 CAN_DO peer: function
2 CANT_DO peer: function
3 RESET_ABILITIES peer:
4 PRE_SLEEP peer:
5 UNUSED nobody:
6 NOOP server:
7 SUBMIT_JOB peer: function unique + data
8 JOB_CREATED server: handle
9 GRAB_JOB peer:
10 NO_JOB server:
11 JOB_ASSIGN server: handle function + data
12 WORK_STATUS both: handle numerator denominator
13 WORK_COMPLETE both: handle + data
14 WORK_FAIL both: handle
15 GET_STATUS peer: handle
16 ECHO_REQ peer: + data
17 ECHO_RES server: + data
18 SUBMIT_JOB_BG peer: function unique + data
19 ERROR server: code text
20 STATUS_RES server: handle known running numerator denominator
21 SUBMIT_JOB_HIGH peer: function unique + data
22 SET_CLIENT_ID peer: id
23 CAN_DO_TIMEOUT peer: function timeout
24 ALL_YOURS nobody:
25 WORK_EXCEPTION both: handle + data
26 OPTION_REQ peer: option
27 OPTION_RES server: option
28 WORK_DATA both: handle + data
29 WORK_WARNING both: handle + data
30 GRAB_JOB_UNIQ peer:
31 JOB_ASSIGN_UNIQ server: handle function unique + data
32 SUBMIT_JOB_HIGH_BG peer: function unique + data
33 SUBMIT_JOB_LOW peer: function unique + data
34 SUBMIT_JOB_LOW_BG peer: function unique + data
35 SUBMIT_JOB_SCHED peer: function unique minute hour day month weekday + data
36 SUBMIT_JOB_EPOCH peer: function unique epoch + data
37 SUBMIT_REDUCE_JOB peer: function unique reducer unused + data
38 SUBMIT_REDUCE_JOB_BACKGROUND peer: function unique reducer unused + data
39 GRAB_JOB_ALL peer:
40 JOB_ASSIGN_ALL server: handle function unique reducer + data
41 GET_STATUS_UNIQUE peer: unique
42 STATUS_RES_UNIQUE server: unique known running numerator denominator clients
`.trim().split("\n");

describe("the packet table", () => {
  for (const line of EXPECTED) {
    test(`has ${line}`, () => {
      const info = PACKETS[parseInt(line, 10)]!;
      const args = info.args.map((name) => ` ${name}`).join("");
      const data = info.data ? " + data" : "";
      assertEquals(`${info.type} ${info.name} ${info.sender}:${args}${data}`, line);
      assertEquals(PacketType[info.name], info.type);
    });
  }

  test("has nothing else", () => {
    assertEquals(PACKETS.length, MAX_PACKET_TYPE + 1);
    assertEquals(PACKETS[0], undefined);
    assertEquals(Object.keys(PacketType).length, 42);
  });

  test("asks for a NUL after each argument but a last one without data", () => {
    for (const info of PACKETS.slice(1)) {
      const { args, data, nuls } = info!;
      assertEquals(nuls, args.length === 0 ? 0 : data ? args.length : args.length - 1);
    }
  });
});
