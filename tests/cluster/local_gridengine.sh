#!/usr/bin/env bash
# A Grid Engine of one node on this machine, for the tests: local_gridengine.sh start|stop FOLDER. Needs root; installs
# Debian's packages if they are missing. All its files are in FOLDER, including the environment for its commands (env).
# The node has 2 slots, and a parallel environment smp. qmaster listens on all interfaces, but only to this machine.
set -euo pipefail
command=$1 folder=$(realpath -m "$2") programs=/usr/lib/gridengine

stop() {
    for file in "$folder"/spool/execd/*/execd.pid "$folder/spool/qmaster/qmaster.pid"; do
        pid=$(cat "$file" 2>/dev/null) || continue
        kill "$pid" 2>/dev/null || true
        for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null && sleep 0.2 || break; done
        kill -9 "$pid" 2>/dev/null || true
    done
}

if [ "$command" = stop ]; then
    stop
    exit
fi

if [ ! -x $programs/sge_execd ] || [ ! -x $programs/sge_qmaster ] || [ ! -x $programs/qstat ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends gridengine-master gridengine-exec gridengine-client \
        >"$folder.apt.log" 2>&1
fi

mkdir -p "$folder"/{default/common,spool/qmaster/job_scripts,spool/execd,tmp}
chmod -R u=rwX,go=rX "$folder"
chmod 1777 "$folder/tmp"
for name in bin lib util utilbin; do ln -sfn /var/lib/gridengine/$name "$folder/$name"; done
port=$(python3 -c 'import random; print(random.randrange(20000, 30000))')
cat >"$folder/env" <<ENV
SGE_ROOT=$folder
SGE_CELL=default
SGE_QMASTER_PORT=$port
SGE_EXECD_PORT=$((port + 1))
ENV
set -a
. "$folder/env"
set +a

cell=$folder/default/common
cat >"$cell/bootstrap" <<CONF
admin_user              none
default_domain          none
ignore_fqdn             true
spooling_method         classic
spooling_lib            libspoolc
spooling_params         $cell;$folder/spool/qmaster
binary_path             $programs
qmaster_spool_dir       $folder/spool/qmaster
security_mode           none
listener_threads        2
worker_threads          2
scheduler_threads       1
CONF
# Let the loopback address resolve to the machine's own name only.
name=$(hostname)
echo "$name localhost" >"$cell/host_aliases"
echo "$name" >"$cell/act_qmaster"
sed -e "s|^execd_spool_dir.*|execd_spool_dir $folder/spool/execd|" -e 's|^min_[ug]id.*||' \
    /usr/share/gridengine/default-configuration >"$folder/configuration"
printf 'min_uid 0\nmin_gid 0\n' >>"$folder/configuration"
resources=/usr/share/gridengine/util/resources
$programs/spoolinit classic libspoolc "$cell;$folder/spool/qmaster" init
$programs/spooldefaults configuration "$folder/configuration"
$programs/spooldefaults complexes $resources/centry
$programs/spooldefaults usersets $resources/usersets
$programs/spooldefaults managers root

$programs/sge_qmaster
for _ in $(seq 100); do qconf -sh >/dev/null 2>&1 && break; sleep 0.2; done
qconf -as "$name" >/dev/null
qconf -ah "$name" >/dev/null 2>&1 || true

qconf -ssconf | sed '/^schedule_interval/s/ .*/ 0:0:2/; /^flush_/s/ .*/ 1/' >"$folder/scheduler"
qconf -Msconf "$folder/scheduler" >/dev/null
qconf -Ap $resources/pe/smp >/dev/null
$programs/sge_execd
cat >"$folder/queue" <<CONF
qname all.q
hostlist $name
seq_no 0
load_thresholds NONE
suspend_thresholds NONE
nsuspend 1
suspend_interval 00:05:00
priority 0
min_cpu_interval 00:05:00
processors UNDEFINED
qtype BATCH INTERACTIVE
ckpt_list NONE
pe_list smp
rerun FALSE
slots 2
tmpdir $folder/tmp
shell /bin/sh
prolog NONE
epilog NONE
shell_start_mode posix_compliant
starter_method NONE
suspend_method NONE
resume_method NONE
terminate_method NONE
notify 00:00:60
owner_list NONE
user_lists NONE
xuser_lists NONE
subordinate_list NONE
complex_values NONE
projects NONE
xprojects NONE
calendar NONE
initial_state default
s_rt INFINITY
h_rt INFINITY
s_cpu INFINITY
h_cpu INFINITY
s_fsize INFINITY
h_fsize INFINITY
s_data INFINITY
h_data INFINITY
s_stack INFINITY
h_stack INFINITY
s_core INFINITY
h_core INFINITY
s_rss INFINITY
h_rss INFINITY
s_vmem INFINITY
h_vmem INFINITY
CONF
qconf -Aq "$folder/queue" >/dev/null
for _ in $(seq 150); do
    qhost -h "$name" -F mem_free 2>/dev/null | grep -q mem_free && exit
    sleep 0.2
done
echo "the node does not answer after 30 s; see $folder/spool" >&2
exit 1
