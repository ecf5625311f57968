# A worker that a server starts: its standard input and output are its connection, which
# Gearman::Worker (Debian package libgearman-client-perl) notices by itself. What it has to say goes
# to standard error.
use strict;
use warnings;
use Gearman::Worker;

my $worker = Gearman::Worker->new;
$worker->register_function(reverse => sub { scalar reverse $_[0]->arg });
$worker->register_function(pid => sub { $$ });
$worker->work;
