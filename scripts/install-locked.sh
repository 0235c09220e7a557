#!/usr/bin/env bash
# Install a lock file into an environment: install-locked.sh .venv/bin/python requirements.lock
# uv does it in seconds; where it can't (an index that only pip is configured for), pip does.
set -euo pipefail
cd "$(dirname "$0")/.."
python="$1" lock="$2"
pip=(.venv/bin/pip --disable-pip-version-check --no-input)
pip_install=(install --quiet --root-user-action=ignore --no-compile --require-hashes)

if ! [ -x .venv/bin/uv ]; then
  only_uv="$(mktemp)"
  trap 'rm -f "$only_uv"' EXIT
  sed -n '/^uv==/,/# via/p' requirements-dev.lock >"$only_uv"
  "${pip[@]}" "${pip_install[@]}" -r "$only_uv"
fi
# From elsewhere, because the constraint in our pyproject.toml has no hash, and has done its work in the lock file.
absolute() { case "$1" in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
(uv="$(absolute .venv/bin/uv)" && python="$(absolute "$python")" && lock="$(absolute "$lock")" && cd / &&
  "$uv" pip install --quiet --python "$python" --require-hashes -r "$lock") ||
  "${pip[@]}" --python "$python" "${pip_install[@]}" -r "$lock"
