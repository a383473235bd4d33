#!/bin/sh
# check_commands.sh SOURCE_DIR
#
# The README's commands, and the bench's, configure one folder, each without what it does not need. None may find what another has left out: the
# tests are there after all of them, and so are the examples.
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

commands=$(sed -n 's/^cmake .*--preset native/--preset native/p' tests/run.sh examples/run.sh bench/run.sh bench/linalg/run.sh)
[ "$(echo "$commands" | grep -c TENON_BUILD)" -ge 3 ] || { echo "expected three commands that leave something out:"; echo "$commands"; exit 1; }
echo "$commands" | grep TENON_BUILD | while read -r options; do
  cmake $options -B "$work" >"$work.log" 2>&1 || { cat "$work.log"; exit 1; }
done
rm -f "$work.log"
cmake --preset native -B "$work" >/dev/null
tests=$(ctest --test-dir "$work" -N | sed -n 's/^Total Tests: //p')
echo "$tests tests after: $commands"
[ "$tests" -gt 50 ] || exit 1
cmake --build "$work" --target help | grep '^tensors_and_views: ' >/dev/null || { echo "the examples are gone"; exit 1; }
