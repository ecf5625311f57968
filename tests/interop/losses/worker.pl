# A worker that takes until there is a line of input and answers with its name. Arguments: port, name.
use strict;
use warnings;
use Gearman::Worker;

my ($port, $name) = @ARGV;
$| = 1;
my $worker = Gearman::Worker->new(job_servers => ["127.0.0.1:$port"]);
$worker->register_function(slow => sub {
    print "began\n";
    <STDIN>;
    return "$name: " . $_[0]->arg;
});
$worker->work;
