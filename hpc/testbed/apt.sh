#!/usr/bin/env bash
# apt-get, without questions, that waits while another apt is at work: its own DPkg::Lock::Timeout waits for the lock of
# dpkg alone, and not for those of the lists and of what was downloaded.
set -uo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
for _ in {1..300}; do
  apt-get --quiet -oAcquire::Retries=5 "$@" 2>"$work/said" && exit 0
  status=$?
  grep -q 'Could not get lock' "$work/said" || break
  [ -e "$work/told" ] || { echo "apt.sh: waits until another apt has ended" >&2; touch "$work/told"; }
  sleep 2
done
cat "$work/said" >&2
exit $status
