<?php
// What a client asks of a server without a job. Argument: port.

$client = new GearmanClient();
$client->addServer("127.0.0.1", (int) $argv[1]);

echo "ping: ", json_encode($client->ping("anything")), "\n";

// Nobody does this job.
$client->setTimeout(200);
@$client->doNormal("nobody does this", "data");
echo "timeout: ", json_encode($client->returnCode() === GEARMAN_TIMEOUT), "\n";
$client->setTimeout(-1);

// The status of a job as a task. Of several at once, php-gearman mixes up the answers.
$handle = $client->doBackground("nobody does this", "data");
$client->setStatusCallback(function (GearmanTask $task) {
    echo "task status: ", json_encode([$task->isKnown(), $task->isRunning()]), "\n";
});
$client->addTaskStatus($handle);
$ran = $client->runTasks();
echo "run: ", json_encode($ran), "\n";
