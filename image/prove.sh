#!/bin/bash
# The slow proofs, with a summary: image/prove.sh [--arch amd64|arm64] [--cuts N] [--only package,container,image,boot,card,idle,faults,update,cuts]
# As root, on Debian. Takes hours under emulation for everything; the quick part of it is test/packaging, in every run of CI.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
arch=arm64 cuts=50 only=package,container,image,boot,card,idle,faults,update,cuts
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=$2 ;; --cuts) cuts=$2 ;; --only) only=$2 ;;
    *) echo "image/prove.sh does not know $1; see its first lines." >&2; exit 2 ;;
  esac
  shift 2
done
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -qq --no-install-recommends mmdebstrap arch-test qemu-user-static binfmt-support qemu-system-arm qemu-system-x86 ipxe-qemu \
  buildah podman runc dosfstools mtools fdisk xz-utils debian-archive-keyring openssh-client >/dev/null || exit 1
work=${PROVE_DIR:-$(mktemp -d /tmp/doorlight-prove.XXXXXX)}
mkdir -p "$work"
summary=()
failed=0
prove() { # name, command
  case ,$only, in *,$1,*) ;; *) return ;; esac
  local name=$1 log=$work/$1.log start=$SECONDS
  shift
  echo "== $name"
  if "$@" 2>&1 | tee "$log" | grep -E '^(ok|cut|lost|NOT OK)'; [ "${PIPESTATUS[0]}" = 0 ]; then
    summary+=("ok      $name ($((SECONDS - start)) s)")
  else
    summary+=("FAILED  $name ($((SECONDS - start)) s): $log")
    failed=$((failed + 1))
  fi
}
native=$(dpkg --print-architecture)
openssl genpkey -algorithm ed25519 -out "$work/key.pem" 2>/dev/null
node "$here/sign.mjs" origin "$work/key.pem" http://10.0.2.2/ >"$work/release.json"
"$here/deb/build.sh" --arch "$arch" --out "$work" --release "$work/release.json" || exit 1
deb=$(ls "$work"/doorlight_*_"$arch".deb)
version=$(dpkg-deb -f "$deb" Version)
image=$work/doorlight-$version-$arch
machine=(--image "$image.img" --kernel "$image.vmlinuz" --initrd "$image.initrd" --arch "$arch")

package() {
  "$here/deb/build.sh" --arch "$native" --out "$work/p" && "$here/deb/build.sh" --arch "$native" --out "$work/p" --version 99.0.0 &&
    "$here/proofs/package.sh" "$work/p/doorlight_${version}_$native.deb" "$work/p/doorlight_99.0.0_$native.deb"
}
prove package package
prove container "$here/proofs/container.sh"
prove image "$here/build.sh" --deb "$deb" --arch "$arch" --out "$work" --raw
prove boot node "$here/proofs/boot.mjs" "${machine[@]}"
prove card node "$here/proofs/card.mjs" "${machine[@]}"
prove idle node "$here/proofs/idle.mjs" "${machine[@]}"
prove faults node "$here/proofs/faults.mjs" "${machine[@]}"
prove update node "$here/proofs/update.mjs" "${machine[@]}" --key "$work/key.pem"
prove cuts node "$here/proofs/powercuts.mjs" "${machine[@]}" --cuts "$cuts"
echo "== summary ($work)"
printf '%s\n' "${summary[@]}"
echo "$((${#summary[@]} - failed)) passed, $failed failed"
exit $((failed > 0))
