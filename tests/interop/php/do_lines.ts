/** What `do.php` prints when a worker has all its functions. */
export const DO_LINES: readonly string[] = [
  "normal: lamron",
  "high: hgih",
  "low: wol",
  'job: {"function":"describe","unique":"a-unique","size":4,"handle":true}',
  "bytes: 2097152 true",
  "report: first halfsecond halfwhole",
  "fail: true",
  "exception: true",
  "after that: niaga",
];
