#!/usr/bin/env bash
# The job array of slurm.sbatch on a real Slurm: a cluster of this one machine, which lives for the script only. Eight
# shards, a merge that waits for them, and the study in one piece beside it: the rows must be the same, byte for byte.
# Needs root, and on Debian: apt-get install slurm-wlm munge
#
#   UPRIGHT=target/release/upright examples/schedulers/slurm-one-node.sh [scenario] [runs]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scenario=$(realpath "${1:-$root/scenarios/nominal.yaml}")
runs=${2:-400}
program=$(realpath "${UPRIGHT:-$(command -v upright)}")
for tool in munged slurmctld slurmd sbatch; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install slurm-wlm munge" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "Slurm's daemons are to be started by root" >&2; exit 1; }

work=$(mktemp -d)
daemons=()
finish() {
  # Those that were started here, the last one first.
  for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
    kill "${daemons[i]}" 2>/dev/null && wait "${daemons[i]}" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap finish EXIT
mkdir -p "$work"/{state,spool,munge,bin}
ln -s "$program" "$work/bin/upright"
host=$(hostname -s)

# A key and a socket of its own, so that no cluster that this machine belongs to is touched.
dd if=/dev/urandom of="$work/munge/key" bs=128 count=1 status=none
chmod 600 "$work/munge/key"
chmod 755 "$work" "$work/munge"
munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge/socket" --num-threads=2 \
  --pid-file="$work/munge/pid" --log-file="$work/munge/log" --seed-file="$work/munge/seed" >"$work/munged.out" 2>&1 &
daemons+=($!)

cat >"$work/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=2000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
echo 'CgroupPlugin=cgroup/v1' >"$work/cgroup.conf"
export SLURM_CONF=$work/slurm.conf
# What fails to start says why.
slurmctld -D -i >"$work/slurmctld.log" 2>&1 &
daemons+=($!)
slurmd -D >"$work/slurmd.log" 2>&1 &
daemons+=($!)
for _ in $(seq 60); do
  sinfo --noheader --format=%T 2>/dev/null | grep -q '^idle$' && break
  sleep 0.5
done
sinfo --version
sinfo --format='%P %N %T %c' || { tail -n 20 "$work"/*.log >&2; exit 1; }

export SCENARIO=$scenario RUNS=$runs STUDY=$work/study PATH=$work/bin:$PATH
cd "$work"
array=$(sbatch --parsable --array=1-8 --cpus-per-task=1 --mem=200M "$root/examples/schedulers/slurm.sbatch")
echo "array of eight shards: job $array"
sbatch --wait --mem=200M --dependency="afterok:$array" --kill-on-invalid-dep=yes --job-name=upright-merge \
  --wrap "upright merge $work/study/shard-* --out $work/study/whole --quiet" || { tail -n 20 "$work"/*.log "$work"/*.out >&2; exit 1; }
upright batch "$scenario" --runs "$runs" --out "$work/alone" --quiet
cmp "$work/study/whole/batch.csv" "$work/alone/batch.csv"
echo "batch.csv of $(wc -l <"$work/alone/batch.csv") lines: the same bytes, merged of eight jobs and in one piece"
