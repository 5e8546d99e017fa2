#!/bin/bash
# Installs, upgrades, removes and purges the package in a fresh Debian root, as root: package.sh OLD.deb NEW.deb [SUITE]
# There is no systemd in it: what the units say is checked by systemd-analyze where there is one, and by booting the image.
set -euo pipefail
old=$(realpath "$1") new=$(realpath "$2") suite=${3:-trixie}
root=$(mktemp -d "${TMPDIR:-/tmp}/doorlight-package.XXXXXX")
trap 'rm -rf "$root"' EXIT
arch=$(dpkg-deb -f "$old" Architecture)
mmdebstrap --quiet --arch="$arch" --variant=minbase --include=nodejs,adduser,init-system-helpers --aptopt='Apt::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' "$suite" "$root" "${MIRROR:-http://deb.debian.org/debian}"
in_root() { chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
files() { (cd "$root" && find etc usr var/lib -xdev \( -path var/lib/dpkg -o -path var/lib/apt \) -prune -o -print | LC_ALL=C sort); }
said() { echo "ok: $*"; }
cp "$old" "$root/old.deb" && cp "$new" "$root/new.deb"
files >"$root.before"
trap 'rm -rf "$root" "$root".*' EXIT

in_root dpkg -i /old.deb >/dev/null
[ "$(in_root doorlight --version)" = "$(dpkg-deb -f "$old" Version)" ]
in_root getent passwd doorlight >/dev/null
[ "$(stat -c %a "$root/var/lib/doorlight")" = 700 ]
[ ! -e "$root/var/lib/doorlight/doorlight.yaml" ] # made at the first start, so dpkg never asks about it
said "installed $(dpkg-deb -f "$old" Version) on $suite $arch, with node $(in_root node --version)"

in_root sh -c 'doorlight start --setup --web-port 0 --hooks-port 0 --mqtt-port 0 --mqtts-port 0 --probe-port 0 >/tmp/out 2>&1 & pid=$!
  for i in $(seq 120); do grep -q "^ready " /tmp/out && break; sleep 0.5; done; kill $pid; wait $pid; grep "^ready " /tmp/out' >/dev/null
[ "$(stat -c %a "$root/var/lib/doorlight/doorlight.yaml")" = 600 ]
[ "$(in_root stat -c %U /var/lib/doorlight/doorlight.yaml)" = doorlight ]
said "started as its own user, made its configuration, and stopped"
in_root doorlight user add test --access read >/dev/null
kept=$(cat "$root/var/lib/doorlight/doorlight.yaml" | sha256sum)

in_root dpkg -i /new.deb >/dev/null
[ "$(in_root doorlight --version)" = "$(dpkg-deb -f "$new" Version)" ]
[ "$kept" = "$(cat "$root/var/lib/doorlight/doorlight.yaml" | sha256sum)" ]
said "upgraded to $(dpkg-deb -f "$new" Version); the configuration is as it was"

in_root dpkg --remove doorlight >/dev/null
[ ! -e "$root/usr/lib/doorlight/dist" ] && [ -e "$root/var/lib/doorlight/doorlight.yaml" ]
said "removed; settings are kept"
in_root dpkg -i /new.deb >/dev/null && [ "$kept" = "$(cat "$root/var/lib/doorlight/doorlight.yaml" | sha256sum)" ]
said "installed again; settings are there"
in_root dpkg --purge doorlight >/dev/null
[ ! -e "$root/var/lib/doorlight" ] && ! in_root getent passwd doorlight >/dev/null
files >"$root.after"
left=$(diff "$root.before" "$root.after" | grep '^[<>]' | grep -v -E '/(passwd|group|shadow|gshadow|subuid|subgid)-?$' || true)
[ -z "$left" ] || { echo "left behind:"; echo "$left"; exit 1; }
said "purged; no file of it is left"
