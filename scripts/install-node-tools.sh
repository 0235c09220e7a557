#!/usr/bin/env bash
# Put what judges us from outside beside the other tools of development: a mock server made from the providers' own API
# descriptions, MJML's own validator, what mail clients can show, an inspector of accessibility with the hand that steers
# the browser, and Twilio's counter of segments. They come from npm, so without Node the tests that ask them are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=(
  "@stoplight/prism-cli@5.14.2" # the newest for Node 20
  "axe-core@4.14.1"
  "caniemail@2.0.2"
  "mjml@5.4.1"
  "puppeteer-core@25.16.0"
  "sms-segments-calculator@1.3.0"
)
room=.venv/npm

[ "$(cat "$room/.packages" 2>/dev/null)" = "${packages[*]}" ] && exit 0

give_up() {
  echo "$1 Until then the tests that need it are skipped."
  # Where nobody reads the list of skipped tests, skipping them would be hiding them.
  [ -z "${CI:-}" ] && exit 0 || exit 1
}

command -v npm >/dev/null || give_up "Missing for the tests: Node 20 or newer with npm."
echo "Installing the judges of the tests"
rm -rf "$room"
mkdir -p "$room"
# Nothing of it is run while it is installed, and no lock file is left: it would name the registry of this machine.
npm install --prefix "$room" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error \
  --no-update-notifier "${packages[@]}" >/dev/null || give_up "npm could not install it."
echo "${packages[*]}" >"$room/.packages"
