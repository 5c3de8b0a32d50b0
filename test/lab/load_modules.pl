# Loads what traffic control and virtual links need into the lab's kernel, so that nothing has to be
# looked up while tests run: load_modules.pl FOLDER. Debian's kmod need not be installed.
use strict;
use warnings;
use Errno qw(EEXIST);

# Number of finit_module(2) on x86-64, the one machine that Debian builds User-Mode Linux for.
use constant FINIT_MODULE => 313;
my $WANTED = qr{^kernel/net/sched/|/(?:veth|dummy|ifb|macvlan|8021q|bridge)\.ko$};

my ($folder) = @ARGV;
my %needs;
open my $list, '<', "$folder/modules.dep" or die "$folder/modules.dep: $!\n";
while (<$list>) {
    my ($module, @needed) = split /[:\s]+/;
    $needs{$module} = \@needed;
}

my %tried;

sub load {
    my ($module) = @_;
    return if $tried{$module}++;
    load($_) for reverse @{ $needs{$module} };
    open my $file, '<', "$folder/$module" or return warn "$module: $!\n";
    my $parameters = '';
    syscall(FINIT_MODULE, fileno $file, $parameters, 0) == 0
        or $! == EEXIST
        or warn "$module: $!\n";
}

load($_) for grep { /$WANTED/ } sort keys %needs;
