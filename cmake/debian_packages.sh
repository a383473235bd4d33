#!/bin/sh
# debian_packages.sh PACKAGE...: installs those that are missing, as root or through sudo. On a system that is not Debian's
# it only says what to look for.
set -eu
missing=
for package in "$@"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
  echo "This is not Debian, so nothing is installed. Needed here, under its names there:$missing"
  exit 0
fi
root=
[ "$(id -u)" = 0 ] || root=sudo
echo "Installing from Debian:$missing"
export DEBIAN_FRONTEND=noninteractive
$root apt-get update -qq
$root apt-get install -y -qq --no-install-recommends $missing >/dev/null
