# Sends UDP datagrams, one right after the other:
# send_datagrams.pl SOURCE_PORT COUNT BYTES ADDRESS PORT TYPE_OF_SERVICE
use strict;
use warnings;
use Socket qw(:DEFAULT IPPROTO_IP IP_TOS);

my ($source, $count, $bytes, $address, $port, $tos) = @ARGV;
socket my $socket, PF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
setsockopt $socket, IPPROTO_IP, IP_TOS, pack 'i', $tos or die "type of service: $!\n";
bind $socket, pack_sockaddr_in($source, INADDR_ANY) or die "bind: $!\n";
my $to = pack_sockaddr_in($port, inet_aton($address));
for (1 .. $count) {
    defined send $socket, 'x' x $bytes, 0, $to or $!{ENOBUFS} or die "send: $!\n";
}
