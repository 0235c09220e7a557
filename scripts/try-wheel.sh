#!/usr/bin/env bash
# Build the wheel, install it with its locked packages where this checkout can't be seen, and use it there. Catches what
# an editable install hides: a package or a template that was never packed, a dependency only the tests asked for.
set -euo pipefail
cd "$(dirname "$0")/.."
room="$(mktemp -d)"
trap 'rm -rf "$room"' EXIT

.venv/bin/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$room" .
wheel="$(echo "$room"/fifthtouch-*.whl)"
.venv/bin/python scripts/compare_wheel.py "$wheel"

.venv/bin/python -m venv --without-pip "$room/venv"
scripts/install-locked.sh "$room/venv/bin/python" requirements.lock
.venv/bin/pip --python "$room/venv/bin/python" install --quiet --disable-pip-version-check --no-input \
  --root-user-action=ignore --no-deps "$wheel"

cd "$room"
venv/bin/fifthtouch --help >/dev/null
venv/bin/python -c '
import importlib.resources, sys
for name in ("engine", "channels", "consent", "templates"):
    where = str(importlib.resources.files(name))
    assert where.startswith(sys.prefix), f"{name} was loaded from {where}"
'
echo "The wheel installs and runs on its own."
