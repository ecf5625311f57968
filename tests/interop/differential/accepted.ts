/** Where our server answers otherwise than the C server, why it should, and how exactly. */
export interface AcceptedDifference {
  readonly reason: string;
  /**
   * What `differences` finds between the C server's transcript and ours. More than one where the C
   * server itself does now this, now that.
   */
  readonly alternatives: readonly (readonly string[])[];
}

const HANDLE_TOO_LARGE =
  "Error occurred due to GEARMAND_JOB_HANDLE_SIZE being too small from snprintf";

/**
 * By reason, by name of the script: the step, then with `-` what only the C server sends and with `+`
 * what only ours sends. A script that is not here must not differ at all.
 */
const BY_REASON: readonly [reason: string, Readonly<Record<string, string>>][] = [
  [
    "The C server knows no schedules.",
    {
      "SUBMIT_JOB_SCHED": `
        client SUBMIT_JOB_SCHED "f" "u" "1" "*" "*" "*" "*" "data"
        - client ERROR "INVALID_COMMAND␀Command not expected"
        + client JOB_CREATED "<1>"`,
    },
  ],
  [
    "A job of high priority comes before all others, whichever function it is for.",
    {
      "priorities of two functions": `
        worker GRAB_JOB
        - worker JOB_ASSIGN "<4>␀b␀b high"
        + worker JOB_ASSIGN "<2>␀a␀a high"
        worker GRAB_JOB
        - worker JOB_ASSIGN "<3>␀b␀b low"
        + worker JOB_ASSIGN "<4>␀b␀b high"
        worker GRAB_JOB
        - worker JOB_ASSIGN "<2>␀a␀a high"
        + worker JOB_ASSIGN "<1>␀a␀a low"
        worker GRAB_JOB
        - worker JOB_ASSIGN "<1>␀a␀a low"
        + worker JOB_ASSIGN "<3>␀b␀b low"`,
    },
  ],
  [
    "Functions take turns, also among workers that connect anew for each job.",
    {
      "functions of workers that connect anew for each job": `
        w1 GRAB_JOB
        - w1 JOB_ASSIGN "<3>␀b␀b 1"
        + w1 JOB_ASSIGN "<1>␀a␀a 1"
        w2 GRAB_JOB
        - w2 JOB_ASSIGN "<4>␀b␀b 2"
        + w2 JOB_ASSIGN "<3>␀b␀b 1"
        w3 GRAB_JOB
        - w3 JOB_ASSIGN "<1>␀a␀a 1"
        + w3 JOB_ASSIGN "<2>␀a␀a 2"
        w4 GRAB_JOB
        - w4 JOB_ASSIGN "<2>␀a␀a 2"
        + w4 JOB_ASSIGN "<4>␀b␀b 2"`,
    },
  ],
  [
    "A unique of 64 bytes comes back as it was sent; the C server loses its last byte.",
    {
      "a unique of 64 bytes": `
        worker GRAB_JOB_UNIQ
        - worker JOB_ASSIGN_UNIQ "<1>␀f␀u{63}␀␀data"
        + worker JOB_ASSIGN_UNIQ "<1>␀f␀u{64}␀data"`,
    },
  ],
  [
    "Function names have at most 512 bytes, as in libgearman; the C server has no limit of its own.",
    {
      "a function name of 513 bytes": `
        client SUBMIT_JOB "f{513}" "u" "data"
        - client JOB_CREATED "<1>"
        + client ERROR "ARGUMENT_TOO_LARGE␀Function name too large"`,
    },
  ],
  [
    "A job that waits for its time keeps no other job waiting and wakes nobody before that.",
    {
      "an epoch in the future does not keep jobs of low priority waiting": `
        worker GRAB_JOB
        - worker NO_JOB ""
        + worker JOB_ASSIGN "<2>␀f␀now"`,
      "an epoch in the future wakes nobody when it is submitted": `
        client SUBMIT_JOB_EPOCH "f" "u" "4102444800" "later"
        - worker NOOP ""`,
    },
  ],
  [
    "Who submits hears first that the job exists, then as a worker that there is work.",
    {
      "a sleeping worker that submits to itself is told both": `
        both SUBMIT_JOB "f" "u" "data"
        - both NOOP ""
        - both JOB_CREATED "<1>"
        + both JOB_CREATED "<1>"
        + both NOOP ""`,
    },
  ],
  [
    "A job lives as long as anybody needs it; a submit is never answered with a job that is dropped.",
    {
      "a background job outlives a client that joined it": `
        worker GRAB_JOB
        - worker NO_JOB ""
        + worker JOB_ASSIGN "<1>␀f␀data"`,
      "a job that a background submit has joined outlives its client": `
        worker GRAB_JOB
        - worker NO_JOB ""
        + worker JOB_ASSIGN "<1>␀f␀data"`,
      "a client that submits again after another has left gets its job done": `
        two SUBMIT_JOB "f" "u" "data"
        - two JOB_CREATED "<1>"
        + two JOB_CREATED "<2>"
        worker GRAB_JOB
        - worker NO_JOB ""
        + worker JOB_ASSIGN "<2>␀f␀data"`,
      "a cancelled job is not joined": `
        two SUBMIT_JOB "f" "u" "data"
        - two JOB_CREATED "<1>"
        + two JOB_CREATED "<2>"
        worker GRAB_JOB
        - worker NO_JOB ""
        + worker JOB_ASSIGN "<2>␀f␀data"`,
    },
  ],
  [
    "No wake-up is lost: whoever sleeps is woken when there is work for it.",
    {
      "a worker that answers a NOOP with another PRE_SLEEP is woken for the next job": `
        client SUBMIT_JOB_BG "f" "" "2"
        + worker NOOP ""`,
      "a sleeping worker that learns a function with waiting jobs": `
        worker CAN_DO "g"
        + worker NOOP ""`,
    },
  ],
  [
    "A worker that gives up an ability may still end the jobs that it has.",
    {
      "CANT_DO while a job runs": `
        client text "status"
        - client "f␉1␉0␉0␊"
        + client "f␉1␉1␉0␊"
        worker WORK_COMPLETE "<1>" "result"
        - worker ERROR "JOB_NOT_FOUND␀Job given in work result not found"
        + client WORK_COMPLETE "<1>␀result"`,
      "RESET_ABILITIES while a job runs": `
        client text "status"
        - client "f␉1␉0␉0␊"
        + client "f␉1␉1␉0␊"
        worker WORK_COMPLETE "<1>" "result"
        - worker ERROR "JOB_NOT_FOUND␀Job given in work result not found"
        + client WORK_COMPLETE "<1>␀result"`,
    },
  ],
  [
    "A worker that says twice that it can do a function counts once.",
    {
      "CAN_DO twice": `
        client text "status"
        - client "f␉0␉0␉2␊"
        + client "f␉0␉0␉1␊"`,
    },
  ],
  [
    "A timeout that is no number is refused; the C server takes it for none.",
    {
      'CAN_DO_TIMEOUT with "abc"': `
        worker CAN_DO_TIMEOUT "f" "abc"
        + worker ERROR "INVALID_ARGUMENT␀Timeout is not a number"
        client text "status"
        - client "f␉1␉0␉1␊"
        + client "f␉1␉0␉0␊"
        worker GRAB_JOB
        - worker JOB_ASSIGN "<1>␀f␀1"
        + worker NO_JOB ""`,
    },
  ],
  [
    "A job that has lost its first worker goes back to the head of its queue, so that jobs stay in order.",
    {
      "a job whose worker vanishes keeps its place in the queue": `
        other GRAB_JOB
        - other JOB_ASSIGN "<2>␀f␀2"
        + other JOB_ASSIGN "<1>␀f␀1"`,
    },
  ],
  [
    "A result that comes after the timeout counts while no other run has begun: the work is done.",
    {
      "a result after CAN_DO_TIMEOUT, when no other worker has begun the job": `
        slow WORK_DATA "<1>" "part"
        - slow ERROR "JOB_NOT_FOUND␀Job does not exist on server"
        + client WORK_DATA "<1>␀part"
        slow WORK_STATUS "<1>" "1" "2"
        - slow ERROR "JOB_NOT_FOUND␀Job given in work result not found"
        + client WORK_STATUS "<1>␀1␀2"
        slow WORK_COMPLETE "<1>" "late"
        - slow ERROR "JOB_NOT_FOUND␀Job given in work result not found"
        + client WORK_COMPLETE "<1>␀late"
        other GRAB_JOB
        - other JOB_ASSIGN "<1>␀f␀1"
        + other NO_JOB ""`,
    },
  ],
  [
    "A waiting job that nobody needs any more, or that is cancelled, is gone at once: no listing, " +
    "no status and no limit counts it.",
    {
      "how many jobs wait when a client has left": `
        other text "status"
        - other "f␉1␉0␉0␊"
        + other "f␉0␉0␉0␊"`,
      "what is left of a cancelled job": `
        client GET_STATUS "<1>"
        - client STATUS_RES "<1>␀1␀0␀0␀0"
        + client STATUS_RES "<1>␀0␀0␀0␀0"
        admin text "show jobs"
        - admin "<1>␉0␉1␉0␊"
        admin text "status"
        - admin "f␉1␉0␉0␊"
        + admin "f␉0␉0␉0␊"`,
      "cancel job twice": `
        admin text "cancel job <1>"
        - admin "OK␍␊"
        - client WORK_FAIL "<1>"
        + admin "ERR UNKNOWN_JOB␍␊"`,
      "cancel job of one that runs": `
        admin text "status"
        - admin "f␉1␉1␉1␊"
        + admin "f␉0␉0␉1␊"
        worker WORK_DATA "<1>" "part"
        - client WORK_DATA "<1>␀part"
        + worker ERROR "JOB_NOT_FOUND␀Job does not exist on server"
        worker WORK_COMPLETE "<1>" "result"
        - client WORK_COMPLETE "<1>␀result"
        + worker ERROR "JOB_NOT_FOUND␀Job given in work result not found"`,
      "maxqueue does not count a job whose client has left": `
        admin text "maxqueue f 1"
        - admin "OK␍␊"
        + admin "OK␊"
        client SUBMIT_JOB_BG "f" "" "data"
        - client ERROR "QUEUE_ERROR␀Job queue is full"
        + client JOB_CREATED "<2>"`,
      "maxqueue does not count a cancelled job": `
        admin text "maxqueue f 1"
        - admin "OK␍␊"
        + admin "OK␊"
        client SUBMIT_JOB_BG "f" "" "data"
        - client ERROR "QUEUE_ERROR␀Job queue is full"
        + client JOB_CREATED "<2>"`,
    },
  ],
  [
    "WORK_FAIL brings the handle and nothing else: Perl's client dies of a NUL after it.",
    {
      "an exception is a failure for a client that did not ask for exceptions": `
        worker WORK_EXCEPTION "<1>" "why"
        - client WORK_FAIL "<1>␀"
        + client WORK_FAIL "<1>"`,
      "WORK_FAIL with bytes after its handle": `
        worker WORK_FAIL "<1>" "more"
        - client WORK_FAIL "<1>␀more"
        + client WORK_FAIL "<1>"`,
    },
  ],
  [
    "Workers in Perl and Python send WORK_FAIL after WORK_EXCEPTION; that is no error.",
    {
      "WORK_FAIL after WORK_EXCEPTION": `
        worker WORK_FAIL "<1>"
        - worker ERROR "JOB_NOT_FOUND␀Job given in work result not found"`,
    },
  ],
  [
    "Numbers of any length are relayed; the C server drops them, and sometimes the worker with them.",
    {
      "WORK_STATUS with a denominator of twelve digits": `
        worker WORK_STATUS "<1>" "1" "100000000000"
        - worker closed
        + client WORK_STATUS "<1>␀1␀100000000000"
        client GET_STATUS "<1>"
        - client STATUS_RES "<1>␀1␀0␀0␀0"
        + client STATUS_RES "<1>␀1␀1␀1␀1215752192"
        or
        worker WORK_STATUS "<1>" "1" "100000000000"
        + client WORK_STATUS "<1>␀1␀100000000000"
        client GET_STATUS "<1>"
        - client STATUS_RES "<1>␀1␀1␀1␀0"
        + client STATUS_RES "<1>␀1␀1␀1␀1215752192"`,
    },
  ],
  [
    "Every request is answered; the C server says nothing, and sometimes closes.",
    {
      "GET_STATUS with a handle of 64 bytes": `
        client GET_STATUS "h{64}"
        - client closed
        + client ERROR "ARGUMENT_TOO_LARGE␀${HANDLE_TOO_LARGE}"
        or
        client GET_STATUS "h{64}"
        + client ERROR "ARGUMENT_TOO_LARGE␀${HANDLE_TOO_LARGE}"`,
      "GET_STATUS_UNIQUE with a unique of 64 bytes": `
        client GET_STATUS_UNIQUE "u{64}"
        - client closed
        + client STATUS_RES_UNIQUE "u{64}␀0␀0␀0␀0␀0"
        or
        client GET_STATUS_UNIQUE "u{64}"
        + client STATUS_RES_UNIQUE "u{64}␀0␀0␀0␀0␀0"`,
    },
  ],
  [
    "Names and client ids cannot forge lines of a listing.",
    {
      "a client id with a line feed": `
        client text "workers"
        - client "99 10.0.0.1 forged :␊"
        - client "<id> 127.0.0.1 x : f␊"
        + client "<id> 127.0.0.1 x : f%0A99 10.0.0.1 forged :␊"`,
      "a function name with a line feed in listings": `
        client text "status"
        - client "f␊"
        - client "g␉0␉0␉1␊"
        + client "f%0Ag␉0␉0␉1␊"`,
      "a NUL in a client id": `
        client text "workers"
        - client "<id> 127.0.0.1 one :␊"
        + client "<id> 127.0.0.1 one%00two :␊"`,
    },
  ],
  [
    "Whoever sends what is no Gearman is told so before the connection is closed.",
    {
      "a packet with type 0": `
        client bytes "␀REQ␀␀␀␀␀␀␀␀"
        + client ERROR "INVALID_COMMAND␀Unknown packet type"`,
      "a packet with type 43": `
        client bytes "␀REQ␀␀␀+␀␀␀␀"
        + client ERROR "INVALID_COMMAND␀Unknown packet type"`,
      "a packet with type 65536": `
        client bytes "␀REQ␀␁␀␀␀␀␀␀"
        + client ERROR "INVALID_COMMAND␀Unknown packet type"`,
      "a packet with bad magic": `
        client bytes "␀GET␀␀␀␐␀␀␀␁x"
        + client ERROR "INVALID_MAGIC␀Neither a packet nor a text command"`,
      ...Object.fromEntries(
        [
          "SUBMIT_JOB without NUL, then no more",
          "SUBMIT_JOB_BG with one NUL, then no more",
          "WORK_STATUS with one argument, then no more",
          "CAN_DO_TIMEOUT without NUL, then no more",
          "SUBMIT_REDUCE_JOB with three NULs, then no more",
          "SUBMIT_JOB_EPOCH with two NULs, then no more",
        ].map((name) => [
          name,
          `client sends no more
          + client ERROR "INVALID_PACKET␀Too few arguments in packet"`,
        ]),
      ),
      "more than five words": `
        admin text "maxqueue f 1 2 3 4"
        - admin closed
        + admin "ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+maxqueue␍␊"`,
    },
  ],
  [
    "What Perl's workers leave out is taken as empty: the NUL before an empty result, the " +
    "denominator of a status. They are answered like any other.",
    {
      "WORK_STATUS with two arguments, then no more": `
        client sends no more
        + client ERROR "JOB_NOT_FOUND␀Job given in work result not found"`,
      "WORK_COMPLETE without NUL, then no more": `
        client sends no more
        + client ERROR "JOB_NOT_FOUND␀Job given in work result not found"`,
    },
  ],
  [
    "The answer to an unknown command is always the same; the C server appends the word.",
    {
      ...bothLineEnds("spaces and tabs", (end) =>
        unknown(`␉version${end}`, "␉version") +
        unknown(`version␉${end}`, "version␉")),
      ...bothLineEnds("show without more", (end) => unknown(`show${end}`, "show")),
      ...bothLineEnds("cancel without more", (end) =>
        unknown(`cancel${end}`, "cancel") +
        unknown(`cancel job${end}`, "cancel")),
      "pipelined lines are answered in their order": `
        admin bytes "status␊version␊nonsense␍␊maxqueue f 3␊getpid␊show jobs␊"
        - admin "ERR UNKNOWN_COMMAND Unknown+server+commandnonsense␍␊"
        - admin "OK␍␊"
        + admin "ERR UNKNOWN_COMMAND Unknown+server+command␍␊"
        + admin "OK␊"`,
    },
  ],
  [
    "The commands of the Perl server are understood as well; shutdown must have been allowed.",
    {
      ...bothLineEnds("what the C server does not know", (end) =>
        unknown(`help${end}`, "help") +
        unknown(`quit now${end}`, "quit") + `
        client bytes "jobs${end}"
        - client "ERR UNKNOWN_COMMAND Unknown+server+commandjobs␍␊"
        + client ".␊"
        client bytes "clients${end}"
        - client "ERR UNKNOWN_COMMAND Unknown+server+commandclients␍␊"
        + client "127.0.0.1:<port>␊"
        + client ".␊"`),
      ...bothLineEnds("shutdown", (end) =>
        ["shutdown", "shutdown graceful"].map((line) => `
        client bytes "${line}${end}"
        - client "ERR UNKNOWN_COMMAND Unknown+server+commandshutdown␍␊"
        + client "ERR NOT_ALLOWED Shutdown+is+not+allowed␍␊"`).join("") + `
        client bytes "shutdown x${end}"
        - client "ERR UNKNOWN_COMMAND Unknown+server+commandshutdown␍␊"
        + client "ERR UNKNOWN_ARGS Unknown+arguments+to+server+command␍␊"`),
    },
  ],
  [
    "maxqueue is answered with a bare line feed, as the Perl server does: a Python library refuses " +
    "the carriage return.",
    {
      ...bothLineEnds("maxqueue", (end) =>
        ["f", "f 1", "f 1 2", "f 1 2 3"]
          .map((words) => bareOk(`client bytes "maxqueue ${words}${end}"`, "client")).join("")),
      ...bothLineEnds("maxqueue with junk", (end) =>
        ["f x", "f -1", "f 0"]
          .map((words) => bareOk(`client bytes "maxqueue ${words}${end}"`, "client")).join("")),
      "names with spaces, percent signs and umlauts in listings and commands": limited(
        "new%2Fname 1",
      ),
      "maxqueue with one limit": limited("f 2", "f"),
      "maxqueue with two limits leaves low priority unlimited": limited("f 3 2"),
      "maxqueue with three limits": limited("f 4 3 2"),
      "maxqueue counts the jobs that run": limited("f 1"),
      "maxqueue lets a submit join when the queue is full": limited("f 1"),
      'maxqueue with "0" resets': limited("f 1", "f 0"),
      'maxqueue with "-3" resets': limited("f 1", "f -3"),
      'maxqueue with "abc" resets': limited("f 1", "f abc"),
      'maxqueue with "" resets': limited("f 1", "f "),
    },
  ],
  [
    "A limit may be set before its function exists.",
    {
      "maxqueue of a function that does not exist yet": `${limited("f 1")}
        client SUBMIT_JOB_BG "f" "" "data"
        - client JOB_CREATED "<2>"
        + client ERROR "QUEUE_ERROR␀Job queue is full"`,
    },
  ],
  [
    "A text line of HTTP ends the connection: a web page could send commands behind it.",
    {
      "a text line of HTTP, with a command behind it": `
        admin bytes "POST / HTTP/1.1␍␊␍␊create function forged␍␊"
        - admin "ERR UNKNOWN_COMMAND Unknown+server+commandPOST␍␊"
        - admin "ERR UNKNOWN_COMMAND Unknown+server+command␍␊"
        - admin "OK␍␊"
        + admin "ERR INVALID_COMMAND This+is+a+Gearman+server+and+no+HTTP+server␍␊"
        + admin closed`,
    },
  ],
  [
    "create function takes a bare line feed; the C server cuts the name's last letter.",
    {
      "create function with LF, in the listing": `
        admin text "status"
        - admin "ab␉0␉0␉0␊"
        + admin "abc␉0␉0␉0␊"`,
    },
  ],
  [
    "A function with waiting jobs is not dropped, nor one with another name: names differ by case.",
    {
      "drop function of one with waiting jobs": `
        admin text "drop function f"
        - admin "OK␍␊"
        + admin "ERR there are still connected workers or executing clients␍␊"`,
      "drop function of a name in capitals": `
        admin text "drop function ABC"
        - admin "OK␍␊"
        + admin "ERR function not found␍␊"`,
    },
  ],
];

function bothLineEnds(about: string, lines: (end: string) => string): Record<string, string> {
  return {
    [`lines with LF: ${about}`]: lines("␊"),
    [`lines with CRLF: ${about}`]: lines("␍␊"),
  };
}

function unknown(line: string, word: string): string {
  return `
    client bytes "${line}"
    - client "ERR UNKNOWN_COMMAND Unknown+server+command${word}␍␊"
    + client "ERR UNKNOWN_COMMAND Unknown+server+command␍␊"`;
}

function bareOk(step: string, connection: string): string {
  return `
    ${step}
    - ${connection} "OK␍␊"
    + ${connection} "OK␊"`;
}

function limited(...words: string[]): string {
  return words.map((each) => bareOk(`admin text "maxqueue ${each}"`, "admin")).join("");
}

function accepted(reason: string, text: string): AcceptedDifference {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const alternatives: string[][] = [[]];
  for (const line of lines) {
    if (line === "or") alternatives.push([]);
    else alternatives.at(-1)!.push(line);
  }
  return { reason, alternatives };
}

/** The accepted differences by name of the script. */
export const ACCEPTED: Readonly<Record<string, AcceptedDifference>> = Object.fromEntries(
  BY_REASON.flatMap(([reason, scripts]) =>
    Object.entries(scripts).map(([name, text]) => [name, accepted(reason, text)])
  ),
);
