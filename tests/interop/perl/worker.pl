# A worker with one function for each thing that a job can do.
# Usage: worker.pl HOST:PORT [PREFIX]; with GEARMAN_WORKER_USE_STDIO=1, worker.pl alone.
use strict;
use warnings;
use Gearman::Worker;

my ($server, $prefix) = @ARGV;
my $worker = Gearman::Worker->new(prefix => $prefix, client_id => 'perl-worker');
$worker->job_servers($server) if $server;

# Results of every kind.
$worker->register_function(reverse => sub { scalar reverse $_[0]->arg });
$worker->register_function(echo    => sub { $_[0]->arg });
$worker->register_function(length  => sub { length $_[0]->arg });
$worker->register_function(empty   => sub { '' });
$worker->register_function(fail    => sub { undef });
$worker->register_function(die     => sub { die "out of paper\n" });

# What a job says while it runs.
$worker->register_function(progress => sub {
    my ($job) = @_;
    $job->set_status(1, 2);
    $worker->send_work_data($job, 'half');
    $worker->send_work_warning($job, 'careful');
    $job->set_status(2, 2);
    return 'whole';
});
$worker->register_function(exception => sub {
    my ($job) = @_;
    $worker->send_work_exception($job, 'out of ink');
    return;
});

# What jobs it had, in their order.
my @seen;
$worker->register_function(remember => sub { push @seen, $_[0]->arg; join ' ', @seen });

# Fails twice, then works.
my $attempts = 0;
$worker->register_function(flaky => sub { ++$attempts < 3 ? undef : "attempt $attempts" });

# Workers may change their mind in the middle of a job.
$worker->register_function(forget => sub { $worker->unregister_function('echo'); 'forgotten' });
$worker->register_function(reset  => sub { $worker->reset_abilities; 'reset' });

$worker->work;
