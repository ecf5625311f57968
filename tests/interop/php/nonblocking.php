<?php
// Client and worker in one process, neither of which ever blocks. Argument: port.

$worker = new GearmanWorker();
$worker->addOptions(GEARMAN_WORKER_NON_BLOCKING);
$worker->addServer("127.0.0.1", (int) $argv[1]);
$worker->addFunction("twice", fn (GearmanJob $job) => $job->workload() . $job->workload());
echo "id: ", json_encode($worker->setId("non-blocking")), "\n";

$idle = false;
while (!$worker->work()) {
    if ($worker->returnCode() === GEARMAN_NO_JOBS && !$idle) {
        $idle = true;
        echo "idle\n";
    }
    if (!@$worker->wait() && $worker->returnCode() === GEARMAN_NO_ACTIVE_FDS) {
        usleep(10000);
    }
}
echo "worked\n";
echo "ping: ", json_encode($worker->ping("anything")), "\n";
