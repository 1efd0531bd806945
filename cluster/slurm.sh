#!/bin/bash
# The whole pipeline under Slurm, its training stages on all nodes of the job:
#
#   sbatch cluster/slurm.sh                      in the repository, on a disk that all nodes share, .venv set up
#   sbatch --nodes=4 cluster/slurm.sh gan vgg    only these training stages
#
# A job that is cut off goes on where it was when it is submitted, or requeued, again.
#SBATCH --job-name=srgan
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1    # a worker takes all GPUs of its node
#SBATCH --gpus-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --output=slurm-%j.log
set -eu
stages=("$@")
[ $# -gt 0 ] || stages=(pretrain gan vgg wgan)

cd "$SLURM_SUBMIT_DIR"
PATH=$PWD/.venv/bin:$PATH
port=$((20000 + SLURM_JOB_ID % 10000))    # another for each job, should two share a node
hosts=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed "s/\$/:$port/" | paste -sd,)

dvc repro patches
for stage in "${stages[@]}"; do
  if dvc status --quiet "$stage"; then continue; fi    # done before, or by an earlier job
  # One worker that fails ends them all at once.
  srun --kill-on-bad-exit=1 sh -c 'exec cluster/worker.sh "$SLURM_PROCID" "$0" "$1"' "$hosts" "$stage"
done
[ $# -gt 0 ] || dvc repro                  # evaluate and render, on this node
