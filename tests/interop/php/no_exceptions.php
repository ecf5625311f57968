<?php
// A client that does not ask for exceptions. Argument: port.

$client = new GearmanClient();
$client->addServer("127.0.0.1", (int) $argv[1], false);
$client->doNormal("except", "jobs");
echo "exception: ", json_encode($client->returnCode() === GEARMAN_WORK_FAIL), "\n";
echo "after that: ", $client->doNormal("reverse", "again"), "\n";
