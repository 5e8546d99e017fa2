#!/bin/bash
# Makes doorlight_VERSION_ARCH.deb without root: image/deb/build.sh [--arch arm64|amd64] [--out DIR] [--version V] [--release FILE]
# The same commit gives the same bytes: every time stamp is the commit's (SOURCE_DATE_EPOCH).
# --release: a JSON file {"url", "key"} that says from where, and signed by which key, this build takes its updates.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
arch=$(dpkg --print-architecture) out=$top/build version= release=
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=$2 ;; --out) out=$2 ;; --version) version=$2 ;; --release) release=$(realpath "$2") ;;
    *) echo "image/deb/build.sh does not know $1; see its first lines." >&2; exit 2 ;;
  esac
  shift 2
done
case $arch in
  amd64) node_arch=x64 ;;
  arm64) node_arch=arm64 ;;
  *) echo "There are packages for amd64 and arm64, not for $arch." >&2; exit 2 ;;
esac
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || date +%s)}
umask 022
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
lib=$stage/usr/lib/doorlight
mkdir -p "$lib" "$out"

(cd "$top" && node build.mjs)
cp "$top/package.json" "$top/package-lock.json" "$lib/"
version=$(node "$here/about.mjs" "$lib/package.json" "$version")
# Native parts come prebuilt inside the packages; an install script would only build them again for this machine.
(cd "$lib" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --silent)
cp -r "$top/dist" "$lib/dist"
rm -f "$lib/package-lock.json" "$lib/dist/.built"
find "$lib" -type d -path '*/prebuilds/*' ! -name "linux-$node_arch" -prune -exec rm -rf {} +
find "$lib" -path '*/prebuilds/*' -name '*musl*' -delete
# What no run of the bridge reads.
find "$lib/node_modules" -type d \( -name test -o -name tests -o -name benchmark -o -name benchmarks -o -name .github \) -prune -exec rm -rf {} +
find "$lib/node_modules" -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '.package-lock.json' \) -delete
find "$lib/node_modules/@serialport/bindings-cpp" -type f \( -name '*.cc' -o -name '*.cpp' -o -name '*.h' -o -name '*.gyp' \) -delete 2>/dev/null || true

mkdir -p "$stage/usr/bin" "$stage/usr/lib/udev/rules.d"
(cd "$stage" && node "$lib/dist/bridge/main.js" check --udev --config "$stage/none.yaml") >"$stage/usr/lib/udev/rules.d/60-doorlight.rules"
grep -q idVendor "$stage/usr/lib/udev/rules.d/60-doorlight.rules"
cp -r "$here/root/." "$stage/"
doc=$stage/usr/share/doc/doorlight
mkdir -p "$doc" "$stage/usr/share/doorlight"
cp "$top/LICENSE" "$doc/copyright"
cp "$top"/docs/install-debian.md "$doc/" 2>/dev/null || true
[ -z "$release" ] || cp "$release" "$stage/usr/share/doorlight/release.json"
ln -s ../lib/doorlight/bin/doorlight "$stage/usr/bin/doorlight"

find "$stage" -type d -exec chmod 755 {} +
find "$stage" -type f -exec chmod 644 {} +
chmod 755 "$lib"/bin/* "$lib/dist/bridge/main.js"
mkdir "$stage/DEBIAN"
cp "$here"/control/* "$stage/DEBIAN/"
sed -i "s/@VERSION@/$version/; s/@ARCH@/$arch/; s/@SIZE@/$(du -sk --apparent-size "$stage/usr" | cut -f1)/" "$stage/DEBIAN/control"
chmod 644 "$stage"/DEBIAN/*
chmod 755 "$stage"/DEBIAN/{postinst,prerm,postrm}
find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$stage" "$out/doorlight_${version}_$arch.deb" >/dev/null
echo "$out/doorlight_${version}_$arch.deb"
