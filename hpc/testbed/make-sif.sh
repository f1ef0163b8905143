#!/usr/bin/env bash
# An Apptainer image of this machine's Debian with its python3 and packages from PyPI; no registry is asked.
#
#   make-sif.sh OUT.sif [requirement ...]
#
# The tree comes from mmdebstrap, through the mirror that this machine uses. The host's pip ($HOSTPY, default python3)
# puts the packages into it, so that the image needs none; its Python must have the image's version.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) out=$(realpath -m "$1"); shift
hostpy=${HOSTPY:-python3}
release=$(. /etc/os-release; echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u | head -1)
[ -n "$mirror" ] || { echo "make-sif: no Debian mirror among the apt sources (apt-get update?)" >&2; exit 1; }

if ! dpkg -s mmdebstrap >/dev/null 2>&1; then
  "$here/apt.sh" update >/dev/null
  "$here/apt.sh" install --yes --no-install-recommends mmdebstrap >/dev/null
fi
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
tree=$work/tree
mmdebstrap --quiet --variant=minbase --include=python3 \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --aptopt='Acquire::Languages "none"' \
  --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*' \
  "$release" "$tree" "$mirror" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }

if [ $# -gt 0 ]; then
  version=$(ls "$tree/usr/bin" | grep -oP '^python\K3\.\d+$' | head -1)
  host=$("$hostpy" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  [ "$version" = "$host" ] || { echo "make-sif: the image has Python $version, $hostpy is $host: set HOSTPY" >&2; exit 1; }
  "$hostpy" -m pip install -q --disable-pip-version-check --no-compile --root-user-action=ignore \
    --target "$tree/usr/local/lib/python$version/dist-packages" "$@" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
fi
# A mount point for each folder that sites bind, so that no overlay is needed.
mkdir -p "$tree"/{data,work,scratch}
apptainer -s build --force --mksquashfs-args "-comp zstd -Xcompression-level 1" "$out" "$tree" 2>"$work/log" ||
  { cat "$work/log" >&2; exit 1; }
