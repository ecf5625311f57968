<?php
// A worker that is given one second for each job and takes until it gets a line of input. Arguments:
// port, what it answers.

[, $port, $answer] = $argv;
$worker = new GearmanWorker();
$worker->addServer("127.0.0.1", (int) $port);
$worker->addFunction("slow", function (GearmanJob $job) use ($answer) {
    echo "began\n";
    fgets(STDIN);
    return $answer;
}, null, 1000);

for (;;) {
    if (@$worker->work()) {
        echo "worked\n";
    } else {
        echo "error: {$worker->returnCode()}\n";
    }
}
