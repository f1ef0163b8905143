#!/usr/bin/env bash
# A working Apptainer on a Debian whose own archive has none (bookworm): its apt sources and its libc stay as they are.
#
#   1. the .deb of Debian's development suite, through an apt configuration of our own (signatures are checked);
#   2. unpacked into one prefix, in the layout that Apptainer's search for its parts expects;
#   3. all that it needs of a newer glibc are __isoc23_strto*(): bound to the plain functions by elf_lower_glibc.py,
#      which refuses if there is more;
#   4. the helpers, from the machine's own release.
#
# Nothing is done where the prefix already works.
#
#   APPTAINER_PREFIX   where it goes             (/opt/apptainer)
#   APPTAINER_DEB      this .deb file            (downloaded)
#   APPTAINER_SUITE    the suite to ask          (sid)
#   APPTAINER_LINK     a folder for links        (/usr/local/bin; "" for none)
set -euo pipefail
prefix=${APPTAINER_PREFIX:-/opt/apptainer} suite=${APPTAINER_SUITE:-sid} link=${APPTAINER_LINK-/usr/local/bin}
here=$(cd "$(dirname "$0")" && pwd)
say() { printf 'install-apptainer: %s\n' "$*"; }
[ "$(id -u)" = 0 ] || { say "must be root"; exit 1; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

# squashfs-tools builds images, squashfuse mounts them for ordinary users, fuse-overlayfs gives these --writable-tmpfs,
# uidmap is for --fakeroot.
missing=()
for package in squashfs-tools squashfuse fuse-overlayfs uidmap; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  say "installing ${missing[*]}"
  "$here/apt.sh" update >/dev/null
  "$here/apt.sh" install --yes --no-install-recommends "${missing[@]}" >/dev/null
fi
# As udev would have set it. A bare machine leaves it 0600, and then nobody but root can mount an image.
[ -c /dev/fuse ] && [ "$(stat -c %a /dev/fuse)" != 666 ] && chmod 666 /dev/fuse

download() {
  local mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Origin: Debian" 'Label: Debian' | sort -u | head -1)
  [ -n "$mirror" ] || { say "no Debian mirror among the apt sources (apt-get update?)"; exit 1; }
  mkdir -p "$work"/{lists/partial,cache/archives/partial,dl}
  chmod 755 "$work"; chown _apt "$work/dl" 2>/dev/null || true
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
  local ours=(-oDir::Etc::SourceList="$work/sources.list" -oDir::Etc::SourceParts=/dev/null
    -oDir::State::Lists="$work/lists" -oDir::Cache="$work/cache" -oAcquire::Languages=none)
  "$here/apt.sh" "${ours[@]}" update >/dev/null
  (cd "$work/dl" && "$here/apt.sh" "${ours[@]}" download apptainer >/dev/null)
}

if ! "$prefix/bin/apptainer" version >/dev/null 2>&1; then
  [ -n "${APPTAINER_DEB:-}" ] || download
  dpkg-deb -x "${APPTAINER_DEB:-$(echo "$work"/dl/apptainer_*.deb)}" "$work/x"
  python3 "$here/elf_lower_glibc.py" "$work/x/usr/bin/apptainer" "$work"/x/usr/lib/*/apptainer/bin/starter
  rm -rf "$prefix.new"; mkdir -p "$prefix.new/lib"
  cp -a "$work/x/usr/bin" "$prefix.new/bin"
  cp -a "$work"/x/usr/lib/* "$prefix.new/lib/"
  cp -a "$work/x/etc" "$work/x/var" "$prefix.new/"
  # The command line finds its parts from bin/apptainer, the starter from lib/<machine>/apptainer/bin/starter, four
  # levels up, which is lib/: both must see the same.
  for folder in bin etc var; do ln -s "../$folder" "$prefix.new/lib/$folder"; done
  ln -sf apptainer "$prefix.new/bin/singularity"
  rm -rf "$prefix"; mv "$prefix.new" "$prefix"
fi

# A machine may withhold capabilities (here CAP_SYS_RESOURCE); with "full", whatever root starts would then fail.
all=$(( (1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1 ))
if [ $((0x$(awk '/CapBnd/{print $2}' /proc/self/status))) != $all ]; then
  sed -i 's/^root default capabilities = .*/root default capabilities = no/' "$prefix/etc/apptainer/apptainer.conf"
fi
if [ -n "$link" ]; then
  mkdir -p "$link"
  for name in apptainer singularity; do ln -sfn "$prefix/bin/$name" "$link/$name"; done
fi
say "$("$prefix/bin/apptainer" --version) at $prefix"
