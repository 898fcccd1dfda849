#!/usr/bin/env bash
# A Slurm cluster of two nodes on this machine, for the tests: local_slurm.sh start|stop FOLDER. Needs root; installs
# Debian's packages if they are missing. All its files are in FOLDER; all daemons listen on 127.0.0.1.
# Its configuration is linked to Slurm's default path (a step of a job does not see SLURM_CONF), unless one exists.
# Licences: llm, 2 of them. Jobs of the partition `urgent` preempt those of `main`, the default one.
set -euo pipefail
command=$1 folder=$(realpath -m "$2") link=/etc/slurm/slurm.conf
groups=/sys/fs/cgroup/memory
pids=(slurmd.n1 slurmd.n2 slurmctld munged)

stop() {
    for name in "${pids[@]}"; do
        [ -e "$folder/$name.pid" ] && kill "$(cat "$folder/$name.pid")" 2>/dev/null || true
    done
    [ "$(readlink $link)" != "$folder/slurm.conf" ] || rm $link
    rmdir "$groups"/slurm_n?/uid_*/job_* "$groups"/slurm_n?/{uid_*,system} "$groups"/slurm_n? 2>/dev/null || true
}

if [ "$command" = stop ]; then
    stop
    exit
fi

missing=
for program in slurmctld slurmd munged squeue; do command -v $program >/dev/null || missing=$program; done
if [ -n "$missing" ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends slurmctld slurmd slurm-client munge >"$folder.apt.log" 2>&1
fi

mkdir -p "$folder"/{state,n1,n2,munge}
chmod 755 "$folder"
[ -s "$folder/munge/key" ] || (umask 077 && head -c 1024 /dev/urandom >"$folder/munge/key")
chown -R munge: "$folder/munge"
port=$(python3 -c 'import random; print(random.randrange(20000, 30000))')
# A job that uses more memory than it requested is killed: by the kernel, if the machine has writable cgroups
# (version 1); else by Slurm, which polls its processes each second.
if mkdir $groups/slurm-tests-try 2>/dev/null; then
    rmdir $groups/slurm-tests-try
    kill_by=(TaskPlugin=task/cgroup JobAcctGatherType=jobacct_gather/none)
else
    kill_by=(TaskPlugin=task/none JobAcctGatherType=jobacct_gather/linux JobAcctGatherFrequency=task=1
        JobAcctGatherParams=OverMemoryKill,UsePss)
fi
printf '%s\n' CgroupPlugin=cgroup/v1 CgroupAutomount=no ConstrainRAMSpace=yes >"$folder/cgroup.conf"
# Each node has its own folder for temporary files.
mkdir -p "$folder"/tmp/n{1,2}
chmod 1777 "$folder"/tmp/n{1,2}
printf '%s\n' '#!/bin/sh' "echo export TMPDIR=$folder/tmp/\$SLURMD_NODENAME" >"$folder/task_prolog.sh"
chmod 755 "$folder/task_prolog.sh"
memory=$(awk '/^MemAvailable/ {print int($2 / 1024 * 0.4)}' /proc/meminfo)
cat >"$folder/slurm.conf" <<CONF
ClusterName=tests
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
AuthType=auth/munge
# A requeued job waits until its credential expires (by default 120 s).
AuthInfo=socket=$folder/munge/socket,cred_expire=20
CredType=cred/munge
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/%n
TaskProlog=$folder/task_prolog.sh
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.%n.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
$(printf '%s\n' "${kill_by[@]}")
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
SwitchType=switch/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
MinJobAge=3600
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobRequeue=0
KillWait=3
SlurmdParameters=config_overrides
Licenses=llm:2
NodeName=n1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=4 RealMemory=$memory State=UNKNOWN
NodeName=n2 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=4 RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 State=UP LLN=YES
PartitionName=urgent Nodes=ALL MaxTime=INFINITE DefaultTime=60 State=UP PriorityTier=10 PreemptMode=OFF
CONF
# Slurm listens on the address of the host's name; if that is not the loopback interface, on all interfaces.
[ "$(getent ahostsv4 "$(hostname)" | awk 'NR == 1 {print $1}')" = 127.0.0.1 ] ||
    sed -i '/^CommunicationParameters/d' "$folder/slurm.conf"
mkdir -p /etc/slurm
[ -e $link ] || ln -sf "$folder/slurm.conf" $link
[ "$(readlink $link)" = "$folder/slurm.conf" ] || { echo "$link belongs to another cluster" >&2; exit 1; }
export SLURM_CONF=$folder/slurm.conf
runuser -u munge -- munged --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
    --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" --force
cp "$folder/munge/pid" "$folder/munged.pid"
slurmctld -f "$SLURM_CONF"
for node in n1 n2; do slurmd -f "$SLURM_CONF" -N $node; done
for _ in $(seq 150); do
    [ "$(sinfo -h -N -p main -o %T 2>/dev/null | grep -c idle)" = 2 ] && exit
    sleep 0.2
done
echo "the nodes are not idle after 30 s; see $folder/*.log" >&2
exit 1
