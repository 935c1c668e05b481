#!/usr/bin/env bash
# The package in a root that holds Debian's smallest system and nothing else: apt brings what it depends on, the program runs, and a
# purge leaves nothing. Needs root, debootstrap and the network; the root is kept for the next time.
# usage: clean_root.sh BUILD_FOLDER WORK_FOLDER
set -euo pipefail
build=$1
work=$2
root=$work/root

unable() {
  echo "SKIPPED: $1"
  exit 0
}
[ "$(id -u)" -eq 0 ] || unable "only root can enter another root"
for tool in debootstrap cpack dpkg-shlibdeps; do
  command -v "$tool" >/dev/null || unable "$tool is not installed"
done

mkdir -p "$work"
if [ ! -e "$work/complete" ]; then
  rm -rf "$root"
  debootstrap --variant=minbase bookworm "$root" >"$work/log" 2>&1 || unable "debootstrap: $(tail -1 "$work/log")"
  touch "$work/complete"
fi
cpack --config "$build/CPackConfig.cmake" -B "$work/packed" >"$work/log"
cp "$work"/packed/*.deb "$root/tmp/rekindle.deb"
cat >"$root/tmp/life.sh" <<'LIFE'
set -eu
export DEBIAN_FRONTEND=noninteractive HOME=/root
apt-get update -qq
apt-get install -y -qq --no-install-recommends /tmp/rekindle.deb >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
rekindle version
mkdir -p /etc/rekindle
cat >/etc/rekindle/rekindle.toml <<'TOML'
[source]
type = "generate"
generator = { type = "sea" }
samples = 2000
[schema]
task = "binary"
label = "y"
[http]
listen = "127.0.0.1:0"
TOML
# As the unit starts it.
rekindle check -c /etc/rekindle/rekindle.toml
rekindle run -c /etc/rekindle/rekindle.toml --set checkpoint.directory=/var/lib/rekindle/state 2>&1 | grep 'event=stopped samples=2000'
test -e /var/lib/rekindle/state/journal
rekindle demo --samples 5000 2>&1 | grep 'restarts on drift'
rm -r /etc/rekindle
apt-get remove -y -qq rekindle >/tmp/log 2>&1
test ! -e /usr/bin/rekindle && test -e /var/lib/rekindle/state/journal
apt-get purge -y -qq rekindle >/tmp/log 2>&1
rm /tmp/rekindle.deb
left=$(find / -xdev -name '*rekindle*' -not -path '/proc/*' -not -path '/var/lib/apt/*')
test -z "$left" || { echo "a purge left $left"; exit 1; }
apt-get autoremove -y -qq --purge >/tmp/log 2>&1
LIFE
chroot "$root" /bin/sh /tmp/life.sh
