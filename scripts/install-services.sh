#!/usr/bin/env bash
# See that the servers and programs that the tests need are on this machine. The tests start them on free ports
# with throw-away folders; no service of the machine is started or changed.
set -euo pipefail

newest_postgres() {
  local bin version newest=0
  for bin in "$(command -v postgres || true)" /usr/lib/postgresql/*/bin/postgres /usr/local/opt/postgresql*/bin/postgres; do
    [ -x "$bin" ] || continue
    version="$("$bin" --version | sed -nE 's/.* ([0-9]+)[.a-z].*/\1/p')"
    [ "${version:-0}" -gt "$newest" ] && newest="$version"
  done
  echo "$newest"
}

missing=()
[ "$(newest_postgres)" -ge 15 ] || missing+=(postgresql)
command -v redis-server >/dev/null || command -v valkey-server >/dev/null || missing+=(redis-server)
command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] || missing+=(dovecot-imapd)
command -v spamassassin >/dev/null || missing+=(spamassassin libmail-dkim-perl)
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v espeak-ng >/dev/null || missing+=(espeak-ng)
if [ "$(uname)" = Linux ]; then  # for a second machine in a network namespace
  command -v ip >/dev/null || missing+=(iproute2)
  command -v nft >/dev/null || [ -x /usr/sbin/nft ] || missing+=(nftables)
fi
[ "${#missing[@]}" -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing ${missing[*]} for the tests"
  # Debian starts what it installs, unless this file says no.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  exit 0
fi

echo "Missing for the tests: ${missing[*]} (PostgreSQL must be 15 or newer)."
echo "As an administrator: apt-get install ${missing[*]}. Until then the tests that need them are skipped."
# Where nobody reads the list of skipped tests, skipping them would be hiding them.
[ -z "${CI:-}" ]
