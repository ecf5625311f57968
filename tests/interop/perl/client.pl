# What a client can ask for, one subroutine each; prints what it was told, a line each.
# Usage: client.pl HOST:PORT SCENARIO
use strict;
use warnings;
use Gearman::Client;
use Storable ();
use Time::HiRes ();

$| = 1;
my ($server, $scenario) = @ARGV;

sub client { Gearman::Client->new(job_servers => [$server], @_) }
sub say_line { print "@_\n" }

# Options of a task that print all that is heard of it.
sub spoken {
    my ($name) = @_;
    return (
        on_complete  => sub { say_line "$name complete ${ $_[0] }" },
        on_fail      => sub { say_line "$name fail" },
        on_status    => sub { say_line "$name status $_[0]/$_[1]" },
        on_data      => sub { say_line "$name data ${ $_[0] }" },
        on_warning   => sub { say_line "$name warning ${ $_[0] }" },
        on_retry     => sub { say_line "$name retry $_[0]" },
        on_exception => sub { say_line "$name exception $_[0]" },
    );
}

my %scenarios = (
    do_task => sub {
        say_line ${ client()->do_task(reverse => 'hello') };
        say_line length ${ client()->do_task(empty => 'x') };
        say_line defined client()->do_task(fail => 'x') ? 'a result' : 'no result';
    },

    # 5 MB of every byte there and back.
    large => sub {
        my $payload = join '', map { chr($_ % 256) } 0 .. 255;
        $payload x= 5 * 4096;
        my $result = client()->do_task(echo => \$payload);
        say_line length $$result, $$result eq $payload ? 'the same' : 'not the same';
    },

    task_set => sub {
        my $tasks = client()->new_task_set;
        $tasks->add_task(progress => 'x', { spoken('one') });
        $tasks->wait;
        $tasks = client()->new_task_set;
        $tasks->add_task(fail => 'x', { spoken('two') });
        $tasks->wait;
    },

    many => sub {
        my $tasks = client()->new_task_set;
        my $sum   = 0;
        for my $length (1 .. 100) {
            my $complete = sub { $sum += ${ $_[0] } };
            $tasks->add_task(length => 'x' x $length, { on_complete => $complete });
        }
        $tasks->wait;
        say_line $sum;
    },

    exceptions => sub {
        my $tasks = client(exceptions => 1)->new_task_set;
        # A worker's die comes frozen.
        $tasks->add_task(die => 'x', {
            on_exception => sub { print 'thawed: ', ${ Storable::thaw($_[0]) } },
            on_fail      => sub { say_line 'fail' },
        });
        $tasks->add_task(exception => 'x', { spoken('sent') });
        $tasks->wait;
    },

    without_exceptions => sub {
        my $tasks = client()->new_task_set;
        $tasks->add_task(die       => 'x', { spoken('died') });
        $tasks->add_task(exception => 'x', { spoken('sent') });
        $tasks->wait;
    },

    background => sub {
        my $client = client();
        my $handle = $client->dispatch_background(reverse => 'x', { uniq => 'u' });
        my $status = $client->get_status($handle);
        say_line 'known', $status->known, 'running', $status->running;
        for (1 .. 1000) {
            last unless $client->get_status($handle)->known;
            Time::HiRes::sleep(0.01);
        }
        say_line 'known', $client->get_status($handle)->known;
    },

    same_unique => sub {
        my $tasks = client()->new_task_set;
        $tasks->add_task(remember => 'first',  { uniq => 'u', spoken('one') });
        $tasks->add_task(remember => 'second', { uniq => 'u', spoken('two') });
        $tasks->add_task(remember => 'third',  { uniq => 'v', spoken('three') });
        say_line 'submitted';
        $tasks->wait;
    },

    same_payload => sub {
        my $tasks = client()->new_task_set;
        $tasks->add_task(remember => 'a', { uniq => '-', spoken('one') });
        $tasks->add_task(remember => 'a', { uniq => '-', spoken('two') });
        $tasks->add_task(remember => 'b', { uniq => '-', spoken('three') });
        say_line 'submitted';
        $tasks->wait;
    },

    priorities => sub {
        my $tasks = client()->new_task_set;
        $tasks->add_task(remember => 'low',    { priority => 'low', spoken('low') });
        $tasks->add_task(remember => 'normal', { spoken('normal') });
        $tasks->add_task(remember => 'high',   { priority => 'high', spoken('high') });
        # The name of old for priority => 'high'.
        local $SIG{__WARN__} = sub { };
        $tasks->add_task(remember => 'higher', { high_priority => 1, spoken('higher') });
        say_line 'submitted';
        $tasks->wait;
    },

    background_priorities => sub {
        my $client = client();
        for my $priority (qw(low normal high)) {
            $client->dispatch_background(remember => $priority, { priority => $priority });
        }
        say_line 'submitted';
        $client->do_task(remember => 'last', { priority => 'low', spoken('all') });
    },

    retries => sub { client()->do_task(flaky => 'x', { retry_count => 2, spoken('flaky') }) },

    timeout => sub {
        my $client = client();
        say_line defined $client->do_task(nobody => 'x', { timeout => 0.2 }) ? 'a result' : 'none';
    },

    prefix => sub { say_line ${ client(prefix => 'staging')->do_task(reverse => 'abc') } },

    listings => sub {
        my $client = client();
        my $tasks  = $client->new_task_set;
        $tasks->add_task(listed => 'x', { uniq => 'u' });
        my ($status) = values %{ $client->get_job_server_status };
        say_line join ' ', map { "$_=$status->{listed}{$_}" } sort keys %{ $status->{listed} };
        my ($jobs) = values %{ $client->get_job_server_jobs };
        say_line join ' ', map { "$_=$jobs->{listed}{$_}" } sort keys %{ $jobs->{listed} };
        my ($clients) = values %{ $client->get_job_server_clients };
        say_line join ' ', map { "key=$_->{key}" } map { values %$_ } values %$clients;
    },
);

($scenarios{$scenario} || die "There is no scenario $scenario\n")->();
