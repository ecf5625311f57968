# A worker that takes a job and never ends it, registered with a timeout in seconds.
# Usage: stuck.pl HOST:PORT TIMEOUT
use strict;
use warnings;
use Gearman::Worker;

$| = 1;
my ($server, $timeout) = @ARGV;
my $worker = Gearman::Worker->new;
$worker->job_servers($server);
$worker->register_function(stuck => $timeout => sub { print "stuck\n"; sleep });
$worker->work;
