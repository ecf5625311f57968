<?php
// A worker that outlives its server. Says so when it has lost it. Argument: port.

$worker = new GearmanWorker();
$worker->addServer("127.0.0.1", (int) $argv[1]);
$worker->addFunction("reverse", fn (GearmanJob $job) => strrev($job->workload()));
$lost = false;
for (;;) {
    if (@$worker->work()) {
        $lost = false;
        continue;
    }
    if (!$lost) {
        echo "lost\n";
    }
    $lost = true;
    usleep(20000);
}
