# A worker whose connection is its standard input; it only runs when a server starts it.
use strict;
use warnings;
use Gearman::Worker;

my $worker = Gearman::Worker->new;
$worker->register_function(reverse => sub { scalar reverse $_[0]->arg });
$worker->register_function(progress => sub { $_[0]->set_status(1, 2); 'done' });
$worker->register_function(pid => sub { $$ });
$worker->work;
