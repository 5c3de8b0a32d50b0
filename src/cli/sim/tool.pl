#!/usr/bin/perl
# Stands for one tool of a simulated host, by the name that it is started as: asks the host what the
# tool would answer, and gives that answer. Uses nothing that perl-base lacks.
use strict;
use warnings;
use Socket qw(PF_INET SOCK_STREAM INADDR_LOOPBACK pack_sockaddr_in);

my ($tool) = $0 =~ m{([^/]+)$};

# A program in a namespace holds this connection open, and the host knows by that that it lives.
$^F = 255;
my ($port, $secret) = split / /, $ENV{BERTH_SIM_HOST} // die "$tool: start it by berth sim exec\n";
socket(my $host, PF_INET, SOCK_STREAM, 0) or die "$tool: no socket: $!\n";
connect $host, pack_sockaddr_in($port, INADDR_LOOPBACK) or gone();

my $input = '';
if (grep { $_ eq '-' } @ARGV) {
    local $/;
    $input = <STDIN> // '';
}
my $namespace = $ENV{BERTH_SIM_NAMESPACE} // '';
my $folder    = readlink('/proc/self/cwd') // '/';
my $body      = pack '(N/a*)*', $secret, $namespace, $$, $folder, $input, $tool, @ARGV;
local $SIG{PIPE} = 'IGNORE';
writeBytes($host, pack 'N/a*', $body);

my ($kind, @answer) = unpack '(N/a*)*', readBytes(unpack 'N', readBytes(4));
if ($kind eq 'exec') {
    ($ENV{BERTH_SIM_NAMESPACE}, my @words) = @answer;
    no warnings 'exec';    # It is told below, as ip tells it.
    exec { $words[0] } @words or do {
        print STDERR "exec of \"$words[0]\" failed: $!\n";
        exit 1;
    };
}
my ($status, $stdout, $stderr) = @answer;
print STDERR $stderr;
print STDOUT $stdout;
close STDOUT;
exit $status;

sub writeBytes {
    my ($file, $bytes) = @_;
    for (my $at = 0; $at < length $bytes;) {
        $at += syswrite($file, $bytes, length($bytes) - $at, $at) // gone();
    }
}

sub readBytes {
    my ($length) = @_;
    my $bytes = '';
    while (length $bytes < $length) {
        sysread($host, $bytes, $length - length $bytes, length $bytes) or gone();
    }
    return $bytes;
}

sub gone { die "$tool: the simulated host has ended\n" }
