# Runs a program that the kernel kills (SIGSYS) when it, or anything it starts, makes a socket: calls
# socket(2), or sets up io_uring, which could make one too. socketpair(2) is left alone: the two ends
# can neither listen nor connect, and Deno makes a pair for its own handling of signals.
# Usage: without_sockets.pl PROGRAM ARGUMENT...
use strict;
use warnings;
use POSIX qw(uname);

# By machine: what the kernel calls the machine, and the numbers of prctl and socket.
my %known = (x86_64 => [0xc000003e, 157, 41], aarch64 => [0xc00000b7, 167, 198]);
my ($architecture, $prctl, $socket) = @{ $known{(uname)[4]} or die "unknown machine\n" };
my $io_uring_setup = 425;

use constant { SET_NO_NEW_PRIVS => 38, SET_SECCOMP => 22, FILTER => 2 };
use constant { LOAD => 0x20, JUMP_IF_EQUAL => 0x15, RETURN => 0x06 };
use constant { ALLOW => 0x7fff0000, KILL => 0x80000000 };

# One step of the filter: operation, steps to skip if true, steps to skip if false, operand.
sub step { pack 'S C C L', @_ }
my @steps = (
    step(LOAD, 0, 0, 4),                            # the machine
    step(JUMP_IF_EQUAL, 1, 0, $architecture),
    step(RETURN, 0, 0, KILL),
    step(LOAD, 0, 0, 0),                            # the number of the call
    step(JUMP_IF_EQUAL, 2, 0, $socket),
    step(JUMP_IF_EQUAL, 1, 0, $io_uring_setup),
    step(RETURN, 0, 0, ALLOW),
    step(RETURN, 0, 0, KILL),
);
my $filter = join '', @steps;
my $program = pack 'S x![P] P', scalar @steps, $filter;

syscall($prctl, SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\n";
syscall($prctl, SET_SECCOMP, FILTER, $program, 0, 0) == 0 or die "seccomp: $!\n";
exec @ARGV or die "$ARGV[0]: $!\n";
