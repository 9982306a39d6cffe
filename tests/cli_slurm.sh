#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# l2tlb study --slurm with a real Slurm on this machine: slurmctld, slurmd and munged of our own, in this test's folder.
# Tasks are killed and requeued, both daemons are killed; no point is lost, and the results are those of threads.
# Left out, and said, where there is no Slurm, no root, or it does not start.
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

leave() { # WHY
    skip "$1"
    finish
    exit
}
for program in slurmctld slurmd sbatch squeue scancel scontrol munged; do
    command -v $program >/dev/null || leave "no $program here (scripts/setup.sh slurm)"
done
[ "$(id -u)" -eq 0 ] || leave 'slurmd wants root'

# --- a cluster of one node
chmod 700 "$DIR"
mkdir state spool t
head -c 1024 /dev/urandom >key
chmod 400 key
export SLURM_CONF="$DIR/slurm.conf"
host=$(hostname -s)
port=$((20000 + $$ % 10000))
cat >slurm.conf <<E
ClusterName=study
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$DIR/munge.sock,cred_expire=20
SlurmUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$DIR/state
SlurmdSpoolDir=$DIR/spool
SlurmctldPidFile=$DIR/slurmctld.pid
SlurmdPidFile=$DIR/slurmd.pid
SlurmctldLogFile=$DIR/slurmctld.log
SlurmdLogFile=$DIR/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SwitchType=switch/none
ReturnToService=2
MailProg=/bin/true
MpiDefault=none
KillWait=5
BatchStartTimeout=1
SchedulerParameters=batch_sched_delay=0,sched_interval=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP MaxTime=INFINITE
E
printf 'CgroupPlugin=cgroup/v1\nIgnoreSystemd=yes\n' >cgroup.conf

kill_pid() { [ -s "$2" ] && kill "-$1" "$(cat "$2")" 2>/dev/null; }
stop() {
    kill_pid TERM slurmd.pid
    kill_pid TERM slurmctld.pid
    kill_pid TERM munged.pid
    sleep 1
    kill_pid KILL slurmd.pid
    kill_pid KILL slurmctld.pid
    rm -rf "$DIR"
}
trap stop EXIT
# wait_for SECONDS COMMAND...
wait_for() {
    n=$(($1 * 5))
    shift
    while [ $n -gt 0 ]; do
        "$@" && return 0
        n=$((n - 1))
        sleep 0.2
    done
    return 1
}
node_is_up() { sinfo -h -o %T 2>/dev/null | grep -qE '^(idle|mixed|allocated)$'; }
munged --force --socket="$DIR/munge.sock" --key-file="$DIR/key" --pid-file="$DIR/munged.pid" --log-file="$DIR/munged.log" \
    --seed-file="$DIR/seed" >out 2>&1 || leave 'munged does not start'
slurmctld >out 2>&1 || leave 'slurmctld does not start'
slurmd >out 2>&1 || leave 'slurmd does not start'
wait_for 60 node_is_up || leave 'the node does not come up'

# --- a study
for k in 1 2; do
    {
        printf 'GVT 1\nisa riscv64\nkind port\naddress virtual\ntables built\nrun\n'
        awk -v s=$k 'BEGIN { for (i = 0; i < 8000; i++)
            printf "q %d %x %d @%d +7\n", i % 2, 4096 + (i * (i + s)) % 977, i % 4, 100 + 61 * i }'
    } >t/$k.gvt
done
printf '[study]\ntraces = t/*.gvt\nseeds = 1..5\n[vary]\nllptw.size = 2, 4, 6, 8\n' >s.ini
good 'threads' "$L2TLB" study s.ini --database threads.db
good 'threads: csv' "$L2TLB" study report s.ini --report csv --database threads.db -o threads.csv

files() { [ "$(find s-results -name '*.json.gz' 2>/dev/null | wc -l)" -ge "$1" ]; }
idle() { [ -z "$(squeue -h 2>&1)" ]; }
left() { squeue -h -r -o '%i %T %r %N' 2>&1 | tr '\n' ';'; }
# The process of a running task of ours.
a_task() { pgrep -f "study task s.ini --results s-results --tasks 4 --task [1-9]" | head -1; }
submitted() { # NAME
    good "$1" "$L2TLB" study s.ini --slurm '--time=10' --tasks 4 --throttle 2
    job=$(sed -n 's/^s: job \([0-9]*\), .*/\1/p' out)
}

submitted 'submit'
has 'submit' '^s: job [0-9]+, 4 tasks for 40 points'
wait_for 60 files 3
good 'status' "$L2TLB" study status s.ini
has 'status: Slurm' 'Slurm: [12] RUNNING'
has 'status: files' 's-results: [0-9]+ files of tasks'
# A task is requeued, as preemption does it; another one is killed; then both daemons.
scontrol requeue "${job}_0" >out 2>err && pass || fail requeue "scontrol says no"
pid=$(a_task)
index=$(tr '\0' ' ' <"/proc/$pid/cmdline" | sed 's/.*--task \([0-9]*\).*/\1/')
kill -KILL "$pid" 2>/dev/null && pass || fail 'kill a task' 'there is none'
gone() { ! squeue -h -r -o %K -j "$job" | grep -qx "$index"; }
wait_for 60 gone || fail 'kill a task' 'Slurm does not notice'
sleep 7 # until slurmctld has written it down; one that had not would start the task again
kill_pid KILL slurmctld.pid
kill_pid KILL slurmd.pid
sleep 1
# A task that ended behind the last state on disk is running for the new slurmctld; it asks again when slurmd comes,
# and starts the task anew, if it knows of it for longer than BatchStartTimeout.
slurmctld >out 2>&1 && sleep 3 && slurmd >out 2>&1 && pass || fail 'daemons' 'they do not come back'
wait_for 60 node_is_up || fail 'daemons' 'the node does not come back'
# Had it known of the task for less, it asks when the node registers again.
wait_for 40 idle || scontrol reconfigure >out 2>&1
wait_for 180 idle || fail 'the end' "jobs do not end: $(left)"
# What the killed task left is what the next submission lists.
"$L2TLB" study gather s.ini >out 2>err
first=$(sed -n 's/.*, \([0-9]*\) of them new$/\1/p' out)
if [ "${first:-0}" -ge 3 ] && [ "$first" -lt 40 ]; then pass; else fail 'a killed task' "$first of 40 points: it left nothing to do"; fi
submitted 'submit the rest'
has 'submit the rest' " tasks for $((40 - first)) points"
wait_for 180 idle || fail 'the end of the rest' "jobs do not end: $(left)"
good 'gather' "$L2TLB" study gather s.ini
has 'gather' "^s: 40 files, $((40 - first)) of them new"
good 'csv' "$L2TLB" study report s.ini --report csv -o slurm.csv
same 'threads and Slurm' threads.csv slurm.csv
good 'nothing left' "$L2TLB" study s.ini --slurm ''
has 'nothing left' 'nothing is left to do'

# --- cancel
printf '[study]\ntraces = t/*.gvt\nseeds = 6..9\n' >s.ini
submitted 'submit more'
good 'cancel' "$L2TLB" study cancel s.ini
wait_for 60 idle || fail cancel "jobs go on: $(left)"
bad 'bad options' 'sbatch: ' "$L2TLB" study s.ini --slurm '--partition=none'
printf '[study]\ntraces = t/*.gvt\n' >other.ini
bad 'cancel nothing' 'other-results: no jobs of Slurm' "$L2TLB" study cancel other.ini
finish
