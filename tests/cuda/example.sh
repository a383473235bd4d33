#!/bin/sh
# example.sh PROGRAM: an example that was linked with tenon::cuda, asked for --device cuda where no GPU is to be seen. It says so in one line, and its
# exit code is 1.
set -u
said=$(CUDA_VISIBLE_DEVICES= "$1" --device cuda 2>&1)
status=$?
echo "$said"
case $said in
  *"
"*) echo "more than one line"; exit 2 ;;
  "synchronize: there is no cuda device: "*) ;;
  *) echo "not what was expected"; exit 2 ;;
esac
[ $status -eq 1 ] || { echo "exit code $status"; exit 2; }
