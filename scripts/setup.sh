#!/usr/bin/env bash
# Make .venv with exactly the locked packages and this checkout, editable. Safe to run again at any time.
set -euo pipefail
cd "$(dirname "$0")/.."

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && fits "$name"; then
      echo "$name"
      return
    fi
  done
  echo "Fifth Touch needs Python 3.11 or newer, and found: $(python3 --version 2>&1 || true)." >&2
  echo "Install one (Debian 12 or newer: apt-get install python3 python3-venv), or name one: make setup PYTHON=/path/to/python3.11" >&2
  exit 1
}

# Debian splits venv off from Python; everywhere else it is simply there.
ensure_venv() {
  "$1" -c 'import ensurepip, venv' 2>/dev/null && return
  local package
  package="$("$1" -c 'import sys; print(f"python3.{sys.version_info.minor}-venv")')"
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing $package, which Python needs to make .venv"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null
  else
    echo "Python's venv module is missing. As an administrator: apt-get install $package, then run this again." >&2
    exit 1
  fi
}

# A checkout that was moved leaves commands in .venv that point to where it was.
usable() { [ -x .venv/bin/python ] && fits .venv/bin/python && .venv/bin/pip --version >/dev/null 2>&1; }

if ! usable; then
  python="$(find_python)"
  ensure_venv "$python"
  echo "Making .venv with $("$python" --version)"
  "$python" -m venv --clear .venv
fi
echo "Installing the locked packages into .venv"
scripts/install-locked.sh .venv/bin/python requirements-dev.lock
.venv/bin/pip install --quiet --disable-pip-version-check --no-input --root-user-action=ignore \
  --no-deps --no-build-isolation --editable .
touch .venv/.ready
