<?php
// Does one job with its input as the payload and prints the result. Arguments: port, function.

[, $port, $function] = $argv;
$client = new GearmanClient();
$client->addServer("127.0.0.1", (int) $port);
$result = $client->doNormal($function, stream_get_contents(STDIN));
if ($client->returnCode() !== GEARMAN_SUCCESS) {
    fwrite(STDERR, "Job failed\n");
    exit(1);
}
echo $result;
