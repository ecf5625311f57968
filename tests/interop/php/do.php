<?php
// Foreground jobs one by one. Argument: port.

$client = new GearmanClient();
$client->addServer("127.0.0.1", (int) $argv[1]);

echo "normal: ", $client->doNormal("reverse", "normal"), "\n";
echo "high: ", $client->doHigh("reverse", "high"), "\n";
echo "low: ", $client->doLow("reverse", "low"), "\n";
echo "job: ", $client->doNormal("describe", "data", "a-unique"), "\n";

$bytes = str_repeat(implode(array_map("chr", range(0, 255))), 8192);
$reversed = $client->doNormal("reverse", $bytes);
echo "bytes: ", strlen($bytes), " ", json_encode($reversed === strrev($bytes)), "\n";

// What comes as data is put before the result.
echo "report: ", $client->doNormal("report", "data"), "\n";

$client->doNormal("fail", "data");
echo "fail: ", json_encode($client->returnCode() === GEARMAN_WORK_FAIL), "\n";
$client->doNormal("except", "jobs");
echo "exception: ", json_encode($client->returnCode() === GEARMAN_WORK_EXCEPTION), "\n";
echo "after that: ", $client->doNormal("reverse", "again"), "\n";
