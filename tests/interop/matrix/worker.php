<?php
// A worker for two functions. Argument: port.

$worker = new GearmanWorker();
$worker->addServer("127.0.0.1", (int) $argv[1]);
$worker->addFunction("upper", fn (GearmanJob $job) => strtoupper($job->workload()));
$worker->addFunction("fail", fn (GearmanJob $job) => $job->sendFail());
while ($worker->work() || $worker->returnCode() === GEARMAN_WORK_FAIL);
fwrite(STDERR, "{$worker->error()}\n");
