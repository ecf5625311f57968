# Does one job with its input as the payload and prints the result. Arguments: port, function.
use strict;
use warnings;
use Gearman::Client;

my ($port, $function) = @ARGV;
binmode $_ for *STDIN, *STDOUT;
my $client = Gearman::Client->new(job_servers => ["127.0.0.1:$port"]);
my $payload = do { local $/; <STDIN> };
my $result = $client->do_task($function, \$payload);
die "Job failed\n" unless $result;
print $$result;
