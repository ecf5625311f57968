<?php
// Background jobs and their status. Argument: port. At the end it shows the status of a job for each
// line of input.

function connected(int $port): GearmanClient
{
    $client = new GearmanClient();
    $client->addServer("127.0.0.1", $port);
    return $client;
}

$client = connected((int) $argv[1]);
// After a question for a unique, libgearman's client never sees the answer to its next submit.
$asker = connected((int) $argv[1]);

foreach (["doBackground", "doHighBackground", "doLowBackground"] as $submit) {
    $handle = $client->$submit("status", "data", "of $submit");
    echo "$submit: ", json_encode(str_starts_with($handle, "H:")), " ", json_encode($client->jobStatus($handle)), "\n";
}
echo "again: ", json_encode($client->doBackground("status", "data", "of doLowBackground") === $handle), "\n";
echo "unique: ", json_encode($asker->jobStatusByUniqueKey("of doLowBackground")), "\n";
echo "no such job: ", json_encode($client->jobStatus("H:nowhere:1")), "\n";
echo "no such unique: ", json_encode($asker->jobStatusByUniqueKey("nowhere")), "\n";

while (fgets(STDIN) !== false) {
    echo "status: ", json_encode($client->jobStatus($handle)), "\n";
    echo "unique: ", json_encode($asker->jobStatusByUniqueKey("of doLowBackground")), "\n";
}
