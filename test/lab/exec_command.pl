# Becomes the command of a run: exec_command.pl FOLDER. The folder's files hold the words and the
# environment, each ended by a zero byte so that no shell reads them, the working folder, and the
# standard input.
use strict;
use warnings;

my ($run) = @ARGV;

sub content {
    my ($name) = @_;
    open my $file, '<', "$run/$name" or die "lab: $run/$name: $!\n";
    local $/;
    return scalar <$file> // '';
}

my @words  = split /\0/, content('command'), -1;
my $folder = content('folder');
pop @words;
%ENV = map { split /=/, $_, 2 } split /\0/, content('environment');
chdir $folder or die "lab: $folder: $!\n";
open STDIN, '<', "$run/stdin" or die "lab: $run/stdin: $!\n";
no warnings 'exec';    # It is told below, once.
exec { $words[0] } @words or do {
    my $status = $!{ENOENT} ? 127 : 126;
    print STDERR "lab: $words[0]: $!\n";
    exit $status;
};
