#!/bin/sh
# The last touches inside the root file system: services on and off, and nothing secret or random left in it.
set -e
root=$1
# Only now: apt would have obeyed it while it built this.
cp "$(dirname "$0")/late/80doorlight" "$root/etc/apt/apt.conf.d/"
in_root() { chroot "$root" "$@"; }
in_root systemctl -q enable doorlight-state.service doorlight-card.service doorlight-network.service doorlight-wifi.path doorlight-mend.service \
  systemd-networkd.service systemd-resolved.service systemd-timesyncd.service
in_root systemctl -q disable ssh.service ssh.socket wpa_supplicant.service getty@.service 2>/dev/null || true
in_root systemctl -q mask getty@tty1.service serial-getty@.service systemd-networkd-wait-online.service e2scrub_all.timer \
  systemd-machine-id-commit.service ssh.socket systemd-random-seed.service 2>/dev/null || true
# Nobody logs in with a password, not even at the screen.
in_root passwd -q -l root
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/machine-id" "$root/var/lib/dbus/machine-id"
: >"$root/etc/machine-id"
ln -sf /run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
echo doorlight >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
mkdir -p "$root/state" "$root/boot/firmware" "$root/var/lib/doorlight" "$root/var/lib/doorlight-releases"
chmod 755 "$root"/usr/lib/doorlight-appliance/*
rm -rf "$root"/var/log/* "$root"/var/cache/apt/*.bin "$root"/var/lib/apt/lists/* "$root"/var/cache/ldconfig/* "$root"/var/lib/systemd/* \
  "$root"/etc/*- "$root"/run/* "$root"/tmp/* "$root"/var/lib/systemd/random-seed "$root"/usr/share/python3/debian_defaults.bak
# Python's caches carry time stamps.
find "$root/usr/lib/python3" "$root/usr/share" -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
