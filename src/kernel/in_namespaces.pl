#!/usr/bin/perl
# Runs one tool in many network namespaces, one after another: perl in_namespaces.pl TOOL ARGUMENT...
# Standard input holds the names of the namespaces, joined by zero bytes, two more of them, and the
# tool's own input. The tool writes to this program's own output. After what it wrote in a namespace,
# standard output holds a zero byte, its status and another zero byte, and standard error a zero
# byte; no text holds any. Uses nothing that perl-base lacks.
#
# To start the tool costs more than all that the tool does, so nothing is added to that: it inherits
# files that stand ready, and nobody copies what it says. The question that is asked most often is
# answered without the tool, by shaping.pl.
#
# `tc -n NAME` gives itself a mount namespace too, which takes the longer the more namespaces are
# mounted. Neither tc nor ss needs that, so here only the network is entered.
use strict;
use warnings;
use Config;

require(__FILE__ =~ s/[^\/]+$/shaping.pl/r);

# Numbers of the system calls setns and memfd_create, as the kernel's own tables have them.
my %CALLS = (
    x86_64  => [308, 319],
    i686    => [346, 356],
    aarch64 => [268, 279],
    riscv64 => [268, 279],
    s390x   => [339, 350],
);
use constant CLONE_NEWNET => 0x40000000;
use constant HANDLES      => '/run/netns';
use constant STATUS_NOT_FOUND => 127;

my ($tool, @arguments) = @ARGV;
my ($machine) = $Config{archname} =~ /^([^-]+)/;
my ($setns, $memfd_create) = @{ $CALLS{$machine} // die "no system calls of $machine are known\n" };
my %OPTION = (tc => '-n', ss => '-N');

my ($names, $input) = split /\0\0/, do { local $/; <STDIN> }, 2;
my $question = $tool eq 'tc' ? shaping_question($input, @arguments) : undef;
stand_ready($input);

for my $name (split /\0/, $names) {
    my $is_entered = enter($name);
    my $answer     = $is_entered && $question ? eval { shaping_answer($question) } : undef;
    my $status     = defined $answer ? say_all($answer) : run($is_entered ? () : $name);
    syswrite STDOUT, "\0$status\0";
    syswrite STDERR, "\0";
}

# Writes an answer that needed no tool.
sub say_all {
    my ($answer) = @_;
    syswrite STDOUT, $answer;
    return 0;
}

# Makes the tool's input a file in memory, which each run reads from its begin.
sub stand_ready {
    my ($text) = @_;
    my $file = syscall $memfd_create, my $title = 'input', 0;
    open STDIN, '+<&', $file or die "no file in memory: $!\n";
    syswrite STDIN, $text;
}

sub enter {
    my ($name) = @_;
    open my $handle, '<', HANDLES . "/$name" or return 0;
    return syscall($setns, fileno $handle, CLONE_NEWNET) == 0;
}

# Runs the tool. Where a namespace could not be entered, the tool is left to say so itself.
sub run {
    my @words = ($tool, (map { ($OPTION{$tool}, $_) } @_), @arguments);
    sysseek STDIN, 0, 0;
    my $child = fork // die "no process: $!\n";
    if ($child == 0) {
        exec { $words[0] } @words;
        exit STATUS_NOT_FOUND;
    }
    waitpid $child, 0;
    my $status = $? >> 8 || $? & 127;
    die "$tool cannot be run\n" if $status == STATUS_NOT_FOUND;
    return $status;
}
