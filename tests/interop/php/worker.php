<?php
// A worker with one function for each thing that a job can do. Says what it does, a line each.
// Arguments: port, then perhaps "plain" to ask with GRAB_JOB instead of GRAB_JOB_ALL.

[, $port] = $argv;
$worker = new GearmanWorker();
$worker->addServer("127.0.0.1", (int) $port);
if (in_array("plain", $argv)) {
    $worker->removeOptions(GEARMAN_WORKER_GRAB_UNIQ);
}

$worker->addFunction("reverse", fn (GearmanJob $job) => strrev($job->workload()));

$worker->addFunction("describe", function (GearmanJob $job) {
    return json_encode([
        "function" => $job->functionName(),
        "unique" => $job->unique(),
        "size" => $job->workloadSize(),
        "handle" => $job->handle() !== "",
    ]);
});

$worker->addFunction("report", function (GearmanJob $job) {
    $job->sendData("first half");
    $job->sendStatus(1, 2);
    $job->sendWarning("half is not all");
    $job->sendData("second half");
    $job->sendStatus(2, 2);
    $job->sendComplete("whole");
});

$worker->addFunction("fail", function (GearmanJob $job) {
    $job->sendFail();
});

$worker->addFunction("except", function (GearmanJob $job) {
    $job->sendException("no more {$job->workload()}");
});

// Gets the dead jobs of the former one, if the server has a rule for that.
$worker->addFunction("except.dead", function (GearmanJob $job) {
    echo "{$job->functionName()} {$job->handle()} {$job->workload()}\n";
    return "dealt with";
});

// Has to wait for something the first time, and tells the server for how long.
$calls = 0;
$worker->addFunction("advise", function (GearmanJob $job) use (&$calls) {
    if ($calls++ === 0) {
        $job->sendWarning("geartrain: {$job->workload()}");
        $job->sendFail();
        return;
    }
    return "call $calls";
});

// Runs until there is a line of input.
$worker->addFunction("status", function (GearmanJob $job) {
    $job->sendStatus(3, 4);
    echo "status sent\n";
    fgets(STDIN);
    return "done";
});

while ($worker->work()) {
    echo "worked: {$worker->returnCode()}\n";
}
fwrite(STDERR, "worker: {$worker->error()}\n");
