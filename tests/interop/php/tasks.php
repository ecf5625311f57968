<?php
// Many jobs at once, with callbacks. Arguments: port, function of the tasks, how many of each kind.

$client = new GearmanClient();
$client->addServer("127.0.0.1", (int) $argv[1]);

$client->setCreatedCallback(fn (GearmanTask $task) => say("created", $task, str_starts_with($task->jobHandle(), "H:") ? "H:" : "?"));
$client->setDataCallback(fn (GearmanTask $task) => say("data", $task, $task->data()));
$client->setWarningCallback(fn (GearmanTask $task) => say("warning", $task, $task->data()));
$client->setStatusCallback(fn (GearmanTask $task) => say("status", $task, "{$task->taskNumerator()} of {$task->taskDenominator()}"));
$client->setCompleteCallback(fn (GearmanTask $task) => say("complete", $task, $task->data()));
$client->setExceptionCallback(fn (GearmanTask $task) => say("exception", $task, $task->data()));
$client->setFailCallback(fn (GearmanTask $task) => say("fail", $task, ""));

function say(string $what, GearmanTask $task, string $data): void
{
    echo "{$task->unique()} $what $data\n";
}

$client->addTask("report", "data", null, "task-1");
$client->addTaskHigh("fail", "data", null, "task-2");
$client->addTaskLow("except", "jobs", null, "task-3");
$client->addTask("reverse", "abc", null, "task-4");
$client->addTaskBackground("reverse", "abc", null, "task-5");
$client->addTaskHighBackground("reverse", "abc", null, "task-6");
$client->addTaskLowBackground("reverse", "abc", null, "task-7");
$client->runTasks();
echo "run: {$client->returnCode()}\n";
