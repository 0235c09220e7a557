# Every task of this project, and the only definition of each: pre-commit and CI call these same targets.
# Nothing is echoed and set-up talks on standard error, so that `make demo ARGS=--json` prints only the answer.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.SILENT:
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

BIN := .venv/bin
READY := .venv/.ready
ARGS ?=

.PHONY: help setup demo up test test-twins dst rehearsal fuzz schemathesis mutants check format-check lint types imports fix bench chaos docs lock services wheel

help:  ## List the targets.
	sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(READY)  ## Make .venv with the locked packages and the command .venv/bin/fifthtouch.

$(READY): requirements.lock requirements-dev.lock pyproject.toml scripts/setup.sh
	scripts/setup.sh >&2

demo: $(READY)  ## Watch invented leads walk half a year: make demo ARGS="--no-serve --json".
	$(BIN)/fifthtouch demo $(ARGS)

up: $(READY)  ## Run web, ticker and workers in one process: make up ARGS="--port 8000".
	$(BIN)/fifthtouch up $(ARGS)

test: $(READY) services  ## Everything: check, and every test, with SQLite, PostgreSQL and Redis.
	$(MAKE) format-check lint imports
	$(MAKE) types & types=$$!; \
	$(BIN)/python -m pytest -m "not live and not benchmark" $(ON_ALL_CORES) --cov=engine/domain --cov=consent --cov-report= $(PURE_TESTS) $(ARGS); \
	wait $$types
	$(BIN)/coverage report --include="engine/domain/*,consent/*" --fail-under=$(PURE_COVERAGE_PERCENT)
	$(BIN)/python -m pytest -m "not live and not benchmark and not twin" $(ON_ALL_CORES) $(addprefix --ignore=,$(PURE_TESTS)) $(ARGS)
	$(MAKE) wheel

test-twins: $(READY) services  ## What `make test` asked of one database, asked of the other.
	$(BIN)/python -m pytest -m "twin and not live and not benchmark" $(ON_ALL_CORES) $(ARGS)

dst: $(READY)  ## Live many lives under faults, or one again: make dst SEEDS=1000, make dst SEED=7.
	$(BIN)/python -m tests.dst $(or $(SEEDS),$(if $(SEED),1,100)) $(SEED)

rehearsal: $(READY) services  ## Hold a rehearsal of so many leads to what the engine then does: make rehearsal LEADS=1000.
	REHEARSED_LEADS=$(or $(LEADS),1000) $(BIN)/python -m pytest -m "" tests/simulation/test_equals_production.py $(ARGS)

fuzz: $(READY)  ## Bend what strangers may send, for as long as you like: make fuzz MINUTES=10.
	$(BIN)/python -m tests.fuzz $(or $(MINUTES),5)

schemathesis: $(READY)  ## Judge the API by its own description: make schemathesis EXAMPLES=200.
	$(BIN)/python -m tests.web.api.judge $(or $(EXAMPLES),100)

mutants: $(READY)  ## Change the gate in a copy, list what no test notices: make mutants ARGS="'consent.gate*'".
	nice $(BIN)/python scripts/mutants.py $(ARGS)

check: $(READY)  ## Format, lint, types, imports, the quick tests and the wheel.
	$(MAKE) format-check lint types imports
	$(BIN)/python -m pytest $(ARGS)
	$(MAKE) wheel

format-check: $(READY)
	$(BIN)/ruff format --check --quiet . || { echo "Run 'make fix' to format these files."; $(BIN)/ruff format --check .; }

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports --no-logo

wheel: $(READY)
	scripts/try-wheel.sh

fix: $(READY)  ## Format, and mend what can be mended by machine.
	$(BIN)/ruff check --fix . || true
	$(BIN)/ruff format .

bench: $(READY) services  ## Measure: the benchmarks print what they find.
	$(BIN)/python -m pytest -m benchmark -p no:randomly -s $(ARGS)

chaos: $(READY) services  ## Kill parts, break servers and network, then judge: make chaos MINUTES=10 SEED=1 LEADS=20000.
	$(BIN)/python -m tests.chaos.chaos $(or $(MINUTES),10) $(or $(SEED),1) $(or $(LEADS),20000)

docs: $(READY)  ## Write the generated reference pages again.
	$(BIN)/python scripts/generate_docs.py

lock: $(READY)  ## Resolve the dependencies anew, keeping pins that still fit: make lock ARGS=--upgrade.
	scripts/lock.sh $(ARGS)

services: $(READY)
	scripts/install-services.sh >&2
	scripts/install-node-tools.sh >&2

# A file's tests share its servers and databases, so files are what is dealt out.
# One more than there are cores, since some tests wait for other processes.
ON_ALL_CORES := -n $(shell echo $$(($$(nproc) + 1))) --dist loadfile

# Rules and decisions are pure, so there is no excuse for a branch nobody tried, and no need of a database to try it.
# Apart from the others, because counting lines makes every test slower.
PURE_TESTS := tests/consent tests/domain
PURE_COVERAGE_PERCENT := 99
