# A worker for two functions. Argument: port.
use strict;
use warnings;
use Gearman::Worker;

my ($port) = @ARGV;
my $worker = Gearman::Worker->new(job_servers => ["127.0.0.1:$port"]);
$worker->register_function(upper => sub { uc $_[0]->arg });
$worker->register_function(fail => sub { undef });
$worker->work;
