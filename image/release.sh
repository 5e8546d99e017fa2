#!/bin/bash
# Makes a release: image/release.sh --key PRIVATE.pem --out DIR [--url https://…] [--changes FILE] [--image] [--no-audit]
# Packages for both architectures, each built twice and compared; the bill of materials, the licences, the audit; and
# release.json with its Ed25519 signature, which the appliances take updates by. --image: the card image too (as root).
# --no-audit: for a trial where the registry has no audit; audit.txt then says that there was none.
# A key: openssl genpkey -algorithm ed25519 -out release-key.pem; it is never committed, and its loss ends all updates.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
key= out= url=https://releases.invalid/doorlight changes=/dev/null image= audit=1
while [ $# -gt 0 ]; do
  case $1 in
    --key) key=$(realpath "$2"); shift ;; --out) out=$2; shift ;; --url) url=$2; shift ;;
    --changes) changes=$(realpath "$2"); shift ;; --image) image=1 ;; --no-audit) audit= ;;
    *) echo "image/release.sh does not know $1; see its first lines." >&2; exit 2 ;;
  esac
  shift
done
[ -n "$key" ] && [ -n "$out" ] || { echo "--key and --out are needed; see the first lines of image/release.sh." >&2; exit 2; }
mkdir -p "$out" && out=$(realpath "$out")
cd "$top"
[ -z "$(git status --porcelain)" ] || { echo "Commit first: a release is made from what is committed." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) && export SOURCE_DATE_EPOCH

echo "== known vulnerabilities in what is shipped"
if [ -n "$audit" ]; then
  npm audit --omit=dev --audit-level=high | tee "$out/audit.txt"
else
  echo "Not audited: a trial, not for the public." | tee "$out/audit.txt"
fi
echo "== bill of materials and licences"
npm sbom --omit=dev --sbom-format=cyclonedx >"$out/sbom.cdx.json"
node "$here/licences.mjs" >"$out/licences.txt"
echo "== packages, twice"
node "$here/sign.mjs" origin "$key" "$url" >"$work/release.json"
for arch in amd64 arm64; do
  "$here/deb/build.sh" --arch $arch --out "$out" --release "$work/release.json"
  "$here/deb/build.sh" --arch $arch --out "$work" --release "$work/release.json" >/dev/null
  name=$(basename "$(ls "$work"/doorlight_*_$arch.deb)")
  cmp "$out/$name" "$work/$name" && echo "ok: $name is reproducible"
done
[ -z "$image" ] || "$here/build.sh" --deb "$(ls "$out"/doorlight_*_arm64.deb)" --out "$out"
echo "== signing"
node "$here/sign.mjs" release "$key" "$out" "$changes"
(cd "$out" && find . -maxdepth 1 -type f ! -name 'SHA256SUMS*' -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
node "$here/sign.mjs" file "$key" "$out/SHA256SUMS"
echo "== verifying, as who downloads it does"
openssl pkey -in "$key" -pubout -out "$out/release-key.pub.pem"
for file in SHA256SUMS release.json; do
  base64 -d "$out/$file.sig" >"$work/sig"
  openssl pkeyutl -verify -pubin -inkey "$out/release-key.pub.pem" -rawin -in "$out/$file" -sigfile "$work/sig"
done
(cd "$out" && sha256sum -c SHA256SUMS)
echo "$out"
