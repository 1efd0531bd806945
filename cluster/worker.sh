#!/bin/sh
# One of several workers that train a stage together. They share this folder, by the same path or another: worker 0,
# the chief, runs the stage through DVC and writes; the others compute and write nothing. On two machines a and b:
#
#   cluster/worker.sh 0 a:2222,b:2222 gan        on a
#   cluster/worker.sh 1 a:2222,b:2222 gan        on b
#
# What the stage needs must be there (`dvc repro patches`, and the stages before it). The stage is run even if nothing
# has changed, or the others would wait for a chief that never comes. After a failure start all of them again the same
# way: they go on from the newest checkpoint.
set -eu
if [ $# -ne 3 ]; then
  echo "usage: cluster/worker.sh INDEX HOST:PORT,HOST:PORT,... STAGE" >&2
  exit 2
fi
index=$1 hosts=$2 stage=$3

cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
workers="\"$(echo "$hosts" | sed 's/,/", "/g')\""
export TF_CONFIG="{\"cluster\": {\"worker\": [$workers]}, \"task\": {\"type\": \"worker\", \"index\": $index}}"
if [ "$index" -eq 0 ]; then
  exec dvc repro --single-item --force "$stage"
fi
exec python -m "stages.$stage"
