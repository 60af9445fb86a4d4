# A bare Debian 12 root file system, for ci/recipes and ci/package. Sourced, after lib.sh.

# make_bare_root SCRIPT: creates it in $root, and $scratch for other files; both are removed when the script
# ends. If that is not possible, says why, and ends SCRIPT with status 0.
make_bare_root() {
  local script=$1 mirror bootstrap
  [ "$(id -u)" = 0 ] || skip "$script" "needs root, to make a root file system"
  if command -v mmdebstrap >/dev/null; then
    bootstrap=(mmdebstrap --variant=minbase bookworm)
  elif command -v debootstrap >/dev/null; then
    bootstrap=(debootstrap --variant=minbase bookworm)
  else
    skip "$script" "needs debootstrap or mmdebstrap"
  fi
  # This machine's mirror, else Debian's.
  mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
    sed -nE 's/^(deb( \[.*\])? |URIs: )(https?:[^ ]+).*/\3/p' | head -n 1)
  mirror=${SURISIM_MIRROR:-${mirror:-http://deb.debian.org/debian}}

  scratch=$(mktemp -d)
  root=$scratch/root
  trap remove_bare_root EXIT
  "${bootstrap[@]}" "$root" "$mirror" >"$scratch/log" 2>&1 || {
    tail -n 5 "$scratch/log"
    skip "$script" "cannot install Debian 12 from $mirror"
  }
  mount -t proc proc "$root/proc" 2>"$scratch/log" || skip "$script" "cannot mount /proc there: $(cat "$scratch/log")"
  cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
  # For a mirror that this machine's apt reaches only with its own settings, such as a proxy.
  if [ -d /etc/apt/apt.conf.d ]; then cp -r /etc/apt/apt.conf.d "$root/etc/apt/"; fi
  echo 'Dpkg::Use-Pty "0";' >"$root/etc/apt/apt.conf.d/90-no-terminal"
}

remove_bare_root() {
  umount "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$scratch"
}

skip() {
  say "$1: SKIPPED: $2"
  exit 0
}

# in_root DIRECTORY: runs the commands on stdin there, without this machine's environment.
in_root() {
  { echo "set -e; cd $1"; cat; } >"$scratch/commands"
  cp "$scratch/commands" "$root/commands.sh"
  local status=0
  chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    DEBIAN_FRONTEND=noninteractive CMAKE_BUILD_PARALLEL_LEVEL="$CMAKE_BUILD_PARALLEL_LEVEL" \
    bash /commands.sh </dev/null || status=$?
  rm -f "$root/commands.sh"
  return $status
}
