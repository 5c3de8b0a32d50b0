# Answers by itself one question of tc's, which Berth asks of every container whenever it is looked
# at: the qdiscs of a namespace with what they carried, and the classes of one link's limit. Starting
# tc costs about a hundred times as much as its two questions to the kernel.
#
# What comes is what `tc -s -j` prints since iproute2 6.2, but for the qdiscs' options, for which
# nobody asks here. Whatever is out of the ordinary is left to tc.
use strict;
use warnings FATAL => 'all';

# From bits/socket.h, linux/netlink.h, linux/rtnetlink.h, linux/gen_stats.h and linux/pkt_sched.h.
use constant { AF_NETLINK => 16, SOCK_RAW => 3 };
use constant { NLM_F_REQUEST => 1, NLM_F_DUMP_INTR => 0x10, NLM_F_DUMP => 0x300 };
use constant { NLMSG_ERROR => 2, NLMSG_DONE => 3 };
use constant { RTM_GETLINK => 18, RTM_GETQDISC => 38, RTM_GETTCLASS => 42 };
use constant { IFLA_IFNAME => 3, TCA_KIND => 1, TCA_OPTIONS => 2, TCA_STATS2 => 7 };
use constant { BASIC => 1, RATE_EST => 2, QUEUE => 3, RATE_EST64 => 5, PKT64 => 8 };
use constant { HTB_PARMS => 1, HTB_RATE64 => 6, HTB_CEIL64 => 7 };
use constant { TC_H_ROOT => 0xffffffff, NLA_TYPE_MASK => 0x3fff, RECEIVE_BYTES => 65536 };

# Tells for which link's limit such a question asks: the arguments of tc, and its input.
sub shaping_question {
    my ($input, @arguments) = @_;
    return unless "@arguments" eq '-s -j -batch -';
    return unless $input =~ /\Aqdisc show\nclass show dev ([\w.-]+) parent ([1-9a-f][0-9a-f]{0,3}):\n\z/;
    return { link => $1, major => hex $2 };
}

# Answers it for the namespace that this process is in. Undefined where tc should be asked.
sub shaping_answer {
    my ($question) = @_;
    socket my $socket, AF_NETLINK, SOCK_RAW, 0 or return;
    my %names;
    for (dump_of($socket, RTM_GETLINK, pack 'CxSlLL', 0, 0, 0, 0, 0)) {
        my ($index, $attributes) = unpack 'x4 l x8 a*', $_;
        $names{$index} = unpack 'Z*', attributes($attributes)->{ +IFLA_IFNAME };
    }
    my ($index) = grep { $names{$_} eq $question->{link} } keys %names;
    return unless defined $index;
    my @qdiscs = dump_of($socket, RTM_GETQDISC, pack 'x4 lLLL', 0, 0, 0, 0);
    my $parent  = $question->{major} << 16;
    my @classes = dump_of($socket, RTM_GETTCLASS, pack 'x4 lLLL', $index, 0, $parent, 0);
    return list(map { qdisc($_, \%names) } @qdiscs) . list(map { htb_class($_) } @classes);
}

# Asks for all objects of a kind. Dies where the kernel refuses, or they changed meanwhile.
sub dump_of {
    my ($socket, $type, $header) = @_;
    my $flags = NLM_F_REQUEST | NLM_F_DUMP;
    syswrite $socket, pack('LSSLL', 16 + length $header, $type, $flags, 1, 0) . $header
        or die "no question: $!\n";
    my @objects;
    while (1) {
        sysread $socket, my $text, RECEIVE_BYTES or die "no answer: $!\n";
        while (length $text) {
            my ($length, $kind, $flags) = unpack 'LSS', $text;
            die "half a message\n"        if $length < 16 || $length > length $text;
            die "a listing that changed\n" if $flags & NLM_F_DUMP_INTR;
            die "a refusal\n"              if $kind == NLMSG_ERROR;
            return @objects                if $kind == NLMSG_DONE;
            push @objects, substr $text, 16, $length - 16;
            substr($text, 0, $length + 3 & ~3) = '';
        }
    }
}

# Reads attributes, each a length, a type and a value, and filled up to four bytes.
sub attributes {
    my ($text) = @_;
    my %values;
    while (length $text) {
        my ($length, $type) = unpack 'SS', $text;
        die "half an attribute\n" if $length < 4 || $length > length $text;
        $values{ $type & NLA_TYPE_MASK } = substr $text, 4, $length - 4;
        substr($text, 0, $length + 3 & ~3) = '';
    }
    return \%values;
}

sub qdisc {
    my ($object, $names) = @_;
    my ($index, $handle, $parent, $attributes) = unpack 'x4 l L L x4 a*', $object;
    my $values = attributes($attributes);
    my $kind   = unpack 'Z*', $values->{ +TCA_KIND };
    my $name   = $names->{$index} // die "a link that came meanwhile\n";
    my $where  = $parent == TC_H_ROOT ? '"root":true' : '"parent":"' . handle_text($parent) . '"';
    my $number = sprintf '%x:', $handle >> 16;
    return qq({"kind":"$kind","handle":"$number","dev":"$name",$where,)
        . statistics($values->{ +TCA_STATS2 }) . '}';
}

sub statistics {
    my $values = attributes(shift);
    my ($bytes, $packets) = unpack 'QL', $values->{ +BASIC };
    my ($qlen, $backlog, $drops, $requeues, $overlimits) = unpack 'L5', $values->{ +QUEUE };
    $packets = unpack 'Q', $values->{ +PKT64 } if exists $values->{ +PKT64 };
    my ($rate, $pps) =
          exists $values->{ +RATE_EST64 } ? unpack 'QQ', $values->{ +RATE_EST64 }
        : exists $values->{ +RATE_EST }   ? unpack 'LL', $values->{ +RATE_EST }
        :                                   ();
    my $estimate = defined $rate ? qq("rate":$rate,"pps":$pps,) : '';
    return qq("bytes":$bytes,"packets":$packets,"drops":$drops,"overlimits":$overlimits,)
        . qq("requeues":$requeues,$estimate"backlog":$backlog,"qlen":$qlen);
}

sub htb_class {
    my ($object) = @_;
    my ($handle, $attributes) = unpack 'x8 L x8 a*', $object;
    my $values = attributes($attributes);
    return () unless 'htb' eq unpack 'Z*', $values->{ +TCA_KIND };
    my $options = attributes($values->{ +TCA_OPTIONS });
    my ($rate, $ceil, $buffer) = unpack 'x8 L x8 L L', $options->{ +HTB_PARMS };
    $rate = unpack 'Q', $options->{ +HTB_RATE64 } if exists $options->{ +HTB_RATE64 };
    $ceil = unpack 'Q', $options->{ +HTB_CEIL64 } if exists $options->{ +HTB_CEIL64 };
    my $burst = int $rate * int($buffer / ticks_per_microsecond()) / 1e6;
    my $number = handle_text($handle);
    return qq({"class":"htb","handle":"$number","rate":$rate,"ceil":$ceil,"burst":$burst});
}

# A burst is told as the time it takes, in ticks of which this file tells the length. A kernel that
# counts in nanoseconds writes a wrong first number there, for the sake of old tools.
sub ticks_per_microsecond {
    open my $file, '<', '/proc/net/psched' or die "no clock: $!\n";
    my ($multiplier, $divisor, $ticks_per_second) = map { hex } split ' ', <$file>;
    $multiplier = $divisor if $ticks_per_second == 1e9;
    return $multiplier / $divisor * ($ticks_per_second / 1e6);
}

sub handle_text {
    my ($handle) = @_;
    my ($major, $minor) = ($handle >> 16, $handle & 0xffff);
    return ($major ? sprintf '%x', $major : '') . ':' . ($minor ? sprintf '%x', $minor : '');
}

sub list { return '[' . join(',', @_) . "]\n" }

1;
