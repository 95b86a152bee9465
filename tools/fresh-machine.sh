#!/usr/bin/env bash
# fresh-machine.sh [--with "PACKAGE..."] [--user] [--give FILE] [--folder NAME] [--before "COMMAND LINE"] [--keep] COMMAND...
# Runs COMMAND in a clone of this repository's last commit on a machine that has nothing but git, make, Python with pip
# and venv: a Debian root of its own (debootstrap, chroot), an empty HOME, the variables of a login. Root only.
#   --with      packages that are there besides
#   --user      as an ordinary user, not as root
#   --give      a file that is copied into HOME
#   --folder    the clone's folder below HOME ("project")
#   --before    a command line that is run first, with the network; COMMAND then runs without it
#   --keep      the root stays, and is named
# Where packages come from is asked of this machine's own apt and pip.
set -euo pipefail

with='' user=root folder=project before='' give='' keep=''
while [ $# -gt 0 ]; do
    case $1 in
    --with) with=$2 && shift 2 ;;
    --folder) folder=$2 && shift 2 ;;
    --give) give=$2 && shift 2 ;;
    --before) before=$2 && shift 2 ;;
    --user) user=ordinary && shift ;;
    --keep) keep=1 && shift ;;
    --) shift && break ;;
    *) break ;;
    esac
done
fail() { printf 'fresh-machine: %s\n' "$*" >&2 && exit 1; }
[ $# -gt 0 ] || fail 'no command is given; see the head of this file'
[ "$(id -u)" = 0 ] || fail 'only root can make a root file system'

repository=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
base=${CARO_FRESH_BASE:-/var/tmp/caro-fresh-machine}
packages=ca-certificates,git,make,python3,python3-pip,python3-venv

make_base() {
    command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap >/dev/null ||
        fail 'debootstrap is not here and apt-get does not find it'
    # shellcheck disable=SC1091  # made by the system
    release=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:?}")
    # shellcheck disable=SC2016  # apt's own variable
    mirror=$(apt-get indextargets --format '$(SITE)' "Codename: $release" | awk '!/security/ && !found++')
    rm -rf "$base"
    debootstrap --variant=minbase --include="$packages" "$release" "$base" "$mirror" >"$base.log" 2>&1 ||
        fail "debootstrap failed; see $base.log"
    touch "$base.made"
}

# What this machine is told about where packages come from, and whose certificates it believes.
copy_settings() {
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d" "$root/etc/apt/apt.conf.d"
    cp -rL /etc/apt/. "$root/etc/apt/"
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    for file in /etc/pip.conf /etc/npmrc; do
        if [ -e "$file" ]; then cp -L "$file" "$root/etc/"; fi
    done
}

network_variables() {
    env -0 | grep -zE '^(PIP_(CERT|INDEX_URL|DEFAULT_TIMEOUT)|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|npm_config_registry|(https?|no)_proxy|(HTTPS?|NO)_PROXY)=' || true
}

[ -e "$base.made" ] || make_base
root=$(mktemp -d /var/tmp/caro-fresh.XXXXXX)
clean() {
    if [ -n "$keep" ]; then echo "fresh-machine: kept at $root" >&2; else rm -rf --one-file-system "$root"; fi
}
trap clean EXIT
cp -a --reflink=auto "$base/." "$root/"
copy_settings
home=/root
[ "$user" = root ] || home=/home/$user
mkdir -p "$root$home"
[ "$user" = root ] || chroot "$root" useradd -s /bin/bash -d "$home" "$user"
chmod 0700 "$root$home"
git clone -q --no-hardlinks "$repository" "$root$home/$folder"
[ -z "$give" ] || cp "$give" "$root$home/"
chroot "$root" chown -R "$user:" "$home"
mapfile -d '' variables < <(network_variables)

# In name spaces of its own, so that nothing it starts or mounts outlives it.
export ROOT="$root" HOME_INSIDE="$home" WITH="$with" BEFORE="$before" USER_INSIDE="$user" FOLDER="$folder"
# shellcheck disable=SC2016  # expanded inside
unshare --mount --pid --fork --kill-child bash -euc '
    mount --make-rprivate /
    mount --bind "$ROOT" "$ROOT"
    mount -t proc proc "$ROOT/proc"
    mount -t tmpfs -o mode=0755 dev "$ROOT/dev"
    mkdir "$ROOT/dev/pts" "$ROOT/dev/shm"
    for name in null zero full random urandom tty; do
        touch "$ROOT/dev/$name"
        mount --bind "/dev/$name" "$ROOT/dev/$name"
    done
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$ROOT/dev/pts"
    mount -t tmpfs -o mode=1777 shm "$ROOT/dev/shm"
    ln -s pts/ptmx "$ROOT/dev/ptmx"
    ln -s /proc/self/fd "$ROOT/dev/fd"
    for number in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${number%:*}" "$ROOT/dev/${number#*:}"; done

    variables=()
    while [ "$1" != -- ]; do variables+=("$1"); shift; done
    shift
    system=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    login=(env -i --default-signal "$system" "HOME=$HOME_INSIDE" "USER=$USER_INSIDE" "LOGNAME=$USER_INSIDE"
        SHELL=/bin/bash TERM=xterm-256color LANG=C.UTF-8 "${variables[@]}")
    inside() {
        "${login[@]}" chroot --userspec="$USER_INSIDE" "$ROOT" sh -c "cd \"\$0\" && exec \"\$@\"" "$HOME_INSIDE/$FOLDER" "$@"
    }
    if [ -n "$WITH" ]; then
        env -i "$system" DEBIAN_FRONTEND=noninteractive chroot "$ROOT" sh -c \
            "apt-get update -qq && apt-get install -y -qq --no-install-recommends $WITH >/dev/null"
    fi
    if [ -n "$BEFORE" ]; then
        inside sh -c "$BEFORE"
        export -f inside
        unshare --net bash -euc "ip link set lo up 2>/dev/null || true; $(declare -p login); inside \"\$@\"" offline "$@"
    else
        inside "$@"
    fi
' fresh "${variables[@]}" -- "$@"
