#!/usr/bin/perl
# Runs one tool in many network namespaces, one after another: perl in_namespaces.pl TOOL ARGUMENT...
# Standard input holds the names of the namespaces, joined by zero bytes, two more of them, and the
# tool's own input. Standard output holds for each namespace the tool's status, what it wrote to
# standard output and what to standard error, each closed by a zero byte, which no text holds. Uses
# nothing that perl-base lacks.
#
# `tc -n NAME` gives itself a mount namespace too, which takes the longer the more namespaces are
# mounted. Neither tc nor ss needs that, so here only the network is entered.
use strict;
use warnings;
use Config;

# Numbers of the system call setns, as the kernel's own tables have them.
my %SETNS = (x86_64 => 308, i686 => 346, aarch64 => 268, riscv64 => 268, s390x => 339);
use constant CLONE_NEWNET => 0x40000000;
use constant HANDLES      => '/run/netns';

my ($tool, @arguments) = @ARGV;
my ($machine) = $Config{archname} =~ /^([^-]+)/;
my $setns     = $SETNS{$machine};
my %OPTION    = (tc => '-n', ss => '-N');
$SIG{PIPE} = 'IGNORE';
binmode STDOUT;

my ($names, $input) = split /\0\0/, do { local $/; <STDIN> }, 2;

for my $name (split /\0/, $names) {
    # Where the namespace cannot be entered, the tool is left to say so itself.
    my @words = enter($name) ? ($tool, @arguments) : ($tool, $OPTION{$tool}, $name, @arguments);
    print map { "$_\0" } run(@words);
}

sub enter {
    my ($name) = @_;
    return 0 unless defined $setns && open my $handle, '<', HANDLES . "/$name";
    return syscall($setns, fileno $handle, CLONE_NEWNET) == 0;
}

sub run {
    my @words = @_;
    pipe(my $inputEnd, my $inputWriter) && pipe(my $stdout, my $stdoutEnd)
        && pipe(my $stderr, my $stderrEnd)
        or die "no pipe: $!\n";
    my $child = fork // die "no process: $!\n";
    if ($child == 0) {
        open STDIN,  '<&', $inputEnd;
        open STDOUT, '>&', $stdoutEnd;
        open STDERR, '>&', $stderrEnd;
        exec { $words[0] } @words;
        exit 127;
    }
    close $_ for $inputEnd, $stdoutEnd, $stderrEnd;
    syswrite $inputWriter, $input;    # It fits into the pipe, so nobody has to read yet.
    close $inputWriter;
    my @texts = readAll($stdout, $stderr);
    waitpid $child, 0;
    return ($? >> 8 || $? & 127, @texts);
}

# Reads pipes side by side until each has ended.
sub readAll {
    my @files = @_;
    my @texts = ('') x @files;
    my %open  = map { $_ => 1 } 0 .. $#files;
    while (%open) {
        my $waiting = '';
        vec($waiting, fileno $files[$_], 1) = 1 for keys %open;
        select(my $ready = $waiting, undef, undef, undef) or next;
        for my $i (grep { vec $ready, fileno $files[$_], 1 } keys %open) {
            sysread($files[$i], $texts[$i], 65536, length $texts[$i]) or delete $open{$i};
        }
    }
    return @texts;
}
