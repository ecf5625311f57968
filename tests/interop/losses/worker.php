<?php
// A worker that takes until there is a line of input and answers with its name. Arguments: port, name.

[, $port, $name] = $argv;
$worker = new GearmanWorker();
$worker->addServer("127.0.0.1", (int) $port);
$worker->addFunction("slow", function (GearmanJob $job) use ($name) {
    echo "began\n";
    fgets(STDIN);
    return "$name: " . $job->workload();
});
while ($worker->work());
