#!/bin/sh
# Sets the layout of one container up by hand, and lists what stands: host eth0, its wire to the
# outside, and a container with the ports 31000-31007 and the ephemeral ports 61440-62463.
set -e
mac=02:00:00:00:00:0a
ip=10.77.0.1

# A kernel tells in its own time that a link has its carrier, and that it is gone.
running() {
  until "$@" | grep -q 'state UP'; do sleep 0.01; done
}
gone() {
  while ip link show dev "$1" >/dev/null 2>&1; do sleep 0.01; done
}

sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
ip netns add outside
ip link add eth0 address $mac type veth peer name wire address 02:00:00:00:00:0b netns outside
ip -n outside addr add 10.77.0.254/24 dev wire
ip -n outside link set wire up
ip addr add $ip/24 dev eth0
ip link set dev lo address $mac mtu 1500 up
ip link set eth0 up
ip route add default via 10.77.0.254
tc qdisc add dev eth0 ingress
tc qdisc add dev lo ingress
sysctl -q -w net.ipv4.conf.lo.route_localnet=1 net.ipv4.conf.lo.accept_local=1

ip netns add web
ip link add mesos1 address $mac type veth peer name eth0 address $mac netns web
ip netns exec web sh -e <<'CONTAINER'
sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
ip link set dev lo address 02:00:00:00:00:0a mtu 1500 up
ip addr add 10.77.0.1/24 dev eth0
ip link set eth0 up
ip route add default via 10.77.0.254
sysctl -w net.ipv4.ip_local_port_range="61440 62463"
tc qdisc add dev lo ingress
tc qdisc add dev eth0 ingress
tc -batch - <<'FILTERS'
filter add dev lo parent ffff: protocol ip prio 769 u32 match ip dport 31000 0xfff8 flowid ffff:0
filter add dev lo parent ffff: protocol ip prio 769 u32 match ip dport 61440 0xfc00 flowid ffff:0
filter add dev lo parent ffff: protocol ip prio 770 u32 match ip dst 10.77.0.1 action mirred egress redirect dev eth0
filter add dev eth0 parent ffff: protocol ip prio 770 u32 match ip dst 127.0.0.1 match ip dport 31000 0xfff8 action mirred egress redirect dev lo
FILTERS
tc qdisc add dev eth0 root handle 1: htb default 1
tc class add dev eth0 parent 1: classid 1:1 htb rate 8mbit burst 16k
tc qdisc add dev eth0 parent 1:1 handle 2: pfifo limit 100
CONTAINER

tc qdisc add dev mesos1 ingress
for match in "sport 31000 0xfff8" "sport 61440 0xfc00"; do
  on="tc filter add dev mesos1 parent ffff: protocol ip"
  $on prio 770 u32 match ip dst $ip match ip $match action mirred egress redirect dev lo
  $on prio 770 u32 match ip dst 127.0.0.1 match ip $match action mirred egress redirect dev lo
  $on prio 771 u32 match ip $match action mirred egress redirect dev eth0
done
for match in "dport 31000 0xfff8" "dport 61440 0xfc00"; do
  to="match ip $match action mirred egress redirect dev mesos1 cookie 6265"
  tc filter add dev eth0 parent ffff: protocol ip prio 770 u32 match ip dst $ip $to
  tc filter add dev lo parent ffff: protocol ip prio 770 u32 $to
done
mirror="match u32 0 0 action mirred egress mirror dev mesos1"
tc filter add dev eth0 parent ffff: protocol arp prio 258 u32 $mirror
tc filter add dev mesos1 parent ffff: protocol arp prio 258 u32 match u32 0 0 \
  action mirred egress redirect dev eth0
ip link set mesos1 up
running ip link show dev eth0
running ip link show dev mesos1
running ip -n web link show dev eth0

for namespace in host web; do
  run=""
  [ $namespace = host ] || run="ip netns exec $namespace"
  echo "== $namespace"
  $run ip addr
  $run ip route
  $run tc qdisc
  for link in $($run ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/'); do
    $run tc -d filter show dev $link parent ffff:
    $run tc class show dev $link
  done
done
ip netns list
ip link del nonesuch || echo "status $?"
ip netns del web
gone mesos1
tc filter show dev lo parent ffff: | grep device
ip netns del outside
gone eth0
ip -br link
