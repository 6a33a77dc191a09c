#!/bin/sh
# deps.sh LIST...: installs the Debian packages of the lists that are missing, and is silent when none is.
set -eu

# Alternatives of a line stay together: "pkg-config|pkgconf".
wanted=$(cat "$@" | sed -e 's/#.*//' -e 's/ *| */|/g')

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "deps: no dpkg here; these Debian packages, or what your system calls them, are needed: $(echo $wanted)" >&2
    exit 0 # the build says what it does not find
fi

installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | tr '\n' ' ') "
missing=
for line in $wanted; do
    found=
    for package in $(echo "$line" | tr '|' ' '); do
        case $installed in *" $package "*) found=yes ;; esac
    done
    [ -n "$found" ] || missing="$missing ${line%%|*}"
done
[ -n "$missing" ] || exit 0

command="apt-get update && apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -eq 0 ]; then
    as=
elif sudo -n true 2>/dev/null; then
    as="sudo -n"
else
    echo "deps: missing:$missing" >&2
    echo "deps: run this as root, then try again: $command" >&2
    exit 1
fi
echo "deps: missing:$missing"
echo "deps: $command"
$as env DEBIAN_FRONTEND=noninteractive sh -c "$command"
