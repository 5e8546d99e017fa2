#!/bin/bash
# Makes the card image of the appliance, as root: image/build.sh --deb doorlight_V_arm64.deb [--arch arm64|amd64] [--out DIR] [--raw]
# Debian trixie, its kernel and raspi-firmware, and our package. The same package and the same Debian packages give the same
# bytes; what went in is listed in NAME.manifest. amd64 is for proofs in a fast emulator. --raw leaves the compressing out.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
arch=arm64 out=$here/../build deb= raw= mirror=${MIRROR:-http://deb.debian.org/debian} security=${SECURITY_MIRROR:-http://deb.debian.org/debian-security}
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=$2; shift ;; --out) out=$2; shift ;; --deb) deb=$(realpath "$2"); shift ;; --raw) raw=1 ;;
    *) echo "image/build.sh does not know $1; see its first lines." >&2; exit 2 ;;
  esac
  shift
done
[ -n "$deb" ] || { echo "Which package? --deb FILE; image/deb/build.sh --arch $arch makes one." >&2; exit 2; }
for program in mmdebstrap mkfs.fat mcopy sfdisk xz; do
  command -v $program >/dev/null || { echo "$program is missing: apt-get install mmdebstrap arch-test e2fsprogs dosfstools mtools fdisk xz-utils qemu-user-static" >&2; exit 1; }
done
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(dpkg-deb --ctrl-tarfile "$deb" | tar -tv --full-time --utc -f - ./control | awk '{print $4" "$5" UTC"}' | date -f - +%s)}
umask 022
mkdir -p "$out"
version=$(dpkg-deb -f "$deb" Version)
name=doorlight-$version-$arch
work=$(mktemp -d "${TMPDIR:-/tmp}/doorlight-image.XXXXXX")
trap 'rm -rf "$work"' EXIT

packages=systemd-sysv,systemd-timesyncd,systemd-resolved,udev,dbus,kmod,initramfs-tools,zstd,nodejs,adduser,ca-certificates,avahi-daemon
packages+=,unattended-upgrades,openssh-server,wpasupplicant,iw,wireless-regdb,iproute2,e2fsprogs,dosfstools,fdisk,util-linux-extra
case $arch in
  arm64) packages+=,linux-image-arm64,raspi-firmware,firmware-brcm80211 ;;
  amd64) packages+=,linux-image-amd64 ;;
esac
# The settings come before the packages, so that kernel hooks see them.
mmdebstrap --arch="$arch" --variant=apt --include="$packages" --components=main,non-free-firmware \
  --aptopt='Apt::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-confold \
  --extract-hook='cp -r '"$here"'/root/. "$1"/' \
  --customize-hook='cp '"$deb"' "$1/tmp/doorlight.deb" && chroot "$1" dpkg -i /tmp/doorlight.deb >/dev/null && rm "$1/tmp/doorlight.deb"' \
  --customize-hook="$here/finish.sh \"\$1\"" \
  trixie "$work/root" "deb $mirror trixie main non-free-firmware" "deb $mirror trixie-updates main non-free-firmware" "deb $security trixie-security main non-free-firmware"
chroot "$work/root" dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' >"$out/$name.manifest"

mkdir -p "$work/fat"
cp -r "$work/root/boot/firmware/." "$work/fat/" 2>/dev/null || true
rm -rf "$work/root/boot/firmware" && mkdir "$work/root/boot/firmware"
cp "$here/firmware/doorlight.txt" "$work/fat/"
mkdir -p "$work/state"
find "$work/root" "$work/fat" "$work/state" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

uuid() { printf '%s %s' "$1" "$SOURCE_DATE_EPOCH" | sha256sum | sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/'; }
# Trixie's own, for before 1.47.1 mke2fs gave inodes the time of day.
mmdebstrap --variant=extract --include=e2fsprogs trixie "$work/tools" "deb $mirror trixie main"
libraries=$(dirname "$(find "$work/tools/" -name libext2fs.so.2 | head -1)")
mke2fs=("$(find "$work/tools/" -name 'ld-linux-*.so.*' | head -1)" --library-path "$libraries" "$work/tools/usr/sbin/mke2fs")
filesystem() { # file, size, label, folder
  truncate -s "$2" "$1"
  "${mke2fs[@]}" -q -t ext4 -L "$3" -U "$(uuid "$3")" -E "hash_seed=$(uuid seed),lazy_itable_init=0,root_owner=0:0" -d "$4" "$1"
}
root_mib=$(( ($(du -sm --apparent-size "$work/root" | cut -f1) * 3 / 2 + 255) / 64 * 64 ))
filesystem "$work/root.ext4" "${root_mib}M" doorlight-root "$work/root"
filesystem "$work/state.ext4" 256M doorlight-state "$work/state"
truncate -s 384M "$work/fat.img"
mkfs.fat --invariant -F 32 -n DOORLIGHT -i "$(uuid fat | cut -c1-8)" "$work/fat.img" >/dev/null
(cd "$work/fat" && find . -mindepth 1 -maxdepth 1 | LC_ALL=C sort | xargs -d '\n' mcopy -s -p -m -i "$work/fat.img" ::  2>/dev/null || find . -mindepth 1 -maxdepth 1 | LC_ALL=C sort | while read -r file; do mcopy -s -p -m -i "$work/fat.img" "$file" ::; done)

image=$out/$name.img
rm -f "$image"
truncate -s $((4 + 384 + root_mib + 256 + 4))M "$image"
sfdisk -q "$image" <<TABLE
label: dos
label-id: 0x$(uuid disk | cut -c1-8)
start=4MiB, size=384MiB, type=c, bootable
start=388MiB, size=${root_mib}MiB, type=83
start=$((388 + root_mib))MiB, size=256MiB, type=83
TABLE
dd if="$work/fat.img" of="$image" bs=1M seek=4 conv=notrunc,sparse status=none
dd if="$work/root.ext4" of="$image" bs=1M seek=388 conv=notrunc,sparse status=none
dd if="$work/state.ext4" of="$image" bs=1M seek=$((388 + root_mib)) conv=notrunc,sparse status=none
# For an emulator, which does not read the FAT partition.
kernel=$(ls "$work/root/boot" | grep -o 'vmlinuz-.*' | sort -V | tail -1)
cp "$work/root/boot/$kernel" "$out/$name.vmlinuz"
cp "$work/root/boot/initrd.img-${kernel#vmlinuz-}" "$out/$name.initrd"
sha256sum "$image" | cut -d' ' -f1 >"$out/$name.img.sha256"
if [ -z "$raw" ]; then
  xz -T0 -6 -f -k "$image"
  node "$here/imager.mjs" "$image" "$version" >"$out/$name.imager.json"
  (cd "$out" && sha256sum "$name.img.xz" >"$name.img.xz.sha256")
fi
echo "$image"
