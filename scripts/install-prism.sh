#!/usr/bin/env bash
# Put the mock server that judges our requests and the stand-in's answers by the providers' own API descriptions beside
# the other tools of development. It comes from npm, so without Node the tests that ask it are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
version=5.14.2 # the newest for Node 20
room=.venv/npm

[ "$(cat "$room/.version" 2>/dev/null)" = "$version" ] && exit 0

give_up() {
  echo "$1 Until then the tests that need it are skipped."
  # Where nobody reads the list of skipped tests, skipping them would be hiding them.
  [ -z "${CI:-}" ] && exit 0 || exit 1
}

command -v npm >/dev/null || give_up "Missing for the tests: Node 20 or newer with npm."
echo "Installing the mock server of the tests"
rm -rf "$room"
mkdir -p "$room"
# Nothing of it is run while it is installed, and no lock file is left: it would name the registry of this machine.
npm install --prefix "$room" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error \
  --no-update-notifier "@stoplight/prism-cli@$version" >/dev/null || give_up "npm could not install it."
echo "$version" >"$room/.version"
