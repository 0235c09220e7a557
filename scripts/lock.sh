#!/usr/bin/env bash
# Resolve pyproject.toml into two files with hashes, for Python 3.11 and newer: what production installs, and that plus
# the tools of development. Options such as --upgrade are passed on.
set -euo pipefail
cd "$(dirname "$0")/.."

resolve() {
  # No host and no path is written, so the files are the same wherever they are made.
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@"
}

resolve pyproject.toml -o requirements.lock "$@"
resolve pyproject.toml --group dev --constraint requirements.lock -o requirements-dev.lock "$@"
