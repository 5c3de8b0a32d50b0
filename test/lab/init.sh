#!/bin/sh
# Process 1 of the lab: makes the machine, runs the one command, writes its status, switches off.
# BERTH_LAB is this folder, BERTH_RUN that of the run, BERTH_MODULES that of the kernel's modules;
# the kernel's command line sets them.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
exec </dev/null >/dev/console 2>&1

mount -t proc proc /proc
mount --all --fstab "$BERTH_LAB/fstab"
echo berth-lab >/proc/sys/kernel/hostname
ln -s /proc/self/fd /dev/fd
perl "$BERTH_LAB/load_modules.pl" "$BERTH_MODULES"
ip link set lo up

# A terminal would turn line breaks into two bytes, and tools would see that it is one.
stty -F /dev/ttyS0 raw -echo
stty -F /dev/ttyS1 raw -echo
mkfifo /run/out /run/err
cat </run/out >/dev/ttyS0 &
cat </run/err >/dev/ttyS1 &
perl "$BERTH_LAB/exec_command.pl" "$BERTH_RUN" >/run/out 2>/run/err
echo $? >"$BERTH_RUN/status"
wait

# Setting a terminal waits until all that was written to it is out.
stty -F /dev/ttyS0 raw
stty -F /dev/ttyS1 raw
echo o >/proc/sysrq-trigger
while :; do sleep 1; done
