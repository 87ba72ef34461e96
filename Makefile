# Anyshelf. `make help` lists what can be done; everything is set up in .venv on first use.

PORT ?= 8000
DATA ?=
ORDERS ?=
CLIENTS ?= 6
PYTHON ?= python3
PROGRAMS ?= 20000
KILLS ?= 60
SEED ?=

BIN := .venv/bin
READY := .venv/.ready
TESTED := .venv/.ready-dev
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NO_PACKAGES := echo "The packages could not be installed: check the network or your package index (pip config list)." >&2
AS_LOCKED := --quiet --frozen --no-emit-project --no-header
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup check test browser demo serve replay audit prove soak screenshots lock

help: ## Show this list
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(TESTED) ## Install everything into .venv, what tests and benchmarks need too (at once when it is there)

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Anyshelf needs Python 3.11 or newer: install it, or name it with PYTHON=python3.12." >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv || { \
	  echo "python3 cannot make a virtual environment: on Debian, apt-get install python3-venv." >&2; exit 1; }
	@echo "Installing (a minute or so) …"
	@$(INSTALL) -r requirements.lock || { $(NO_PACKAGES); exit 1; }
	@$(INSTALL) --no-deps -e .
	@touch $(READY)

$(TESTED): $(READY) requirements-dev.lock
	@echo "Installing what the tests need …"
	@$(INSTALL) -r requirements-dev.lock || { $(NO_PACKAGES); exit 1; }
	@touch $(TESTED)

lock: ## Write the requirements anew from uv.lock (needs uv)
	uv lock && uv export $(AS_LOCKED) -o requirements.lock
	uv export $(AS_LOCKED) --extra dev -o requirements-dev.lock

check: $(TESTED) ## Lint, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

browser: $(TESTED) ## Get the Chromium the pages are tested with, where that may be done
	@command -v chromium >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || { \
	  echo "Installing Chromium for the tests of the pages …"; \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
	    chromium fonts-dejavu-core >/dev/null; } || echo "Chromium could not be installed." >&2

test: check browser ## Run every test
	$(BIN)/pytest -n 2 --dist loadfile

demo: $(READY) ## Start Anyshelf with a demo network: make demo PORT=8000 DATA=folder
	@$(BIN)/anyshelf demo --port $(PORT) $(if $(DATA),--data $(DATA))

serve: $(READY) ## Start Anyshelf on ANYSHELF_DATABASE_URL or the embedded PostgreSQL
	@$(BIN)/anyshelf serve --port $(PORT)

replay: $(TESTED) ## Replay a real shop's year of orders through the HTTP API and audit the books
	@cd benchmarks && ../$(BIN)/python -m replay $(if $(ORDERS),--orders $(ORDERS)) --clients $(CLIENTS)

audit: $(READY) ## Check that every unit and every cent is accounted for
	@$(BIN)/anyshelf audit

bench-%: $(TESTED) ## Measure one figure beside its anchor: make bench-decide
	@test -f benchmarks/$*.py || { echo "There is no benchmark named $* yet: ls benchmarks." >&2; exit 1; }
	@$(BIN)/python benchmarks/$*.py

prove: $(TESTED) ## Kill servers and databases at work and count what was lost: make prove KILLS=300 SEED=7
	ANYSHELF_PROVE_KILLS=$(KILLS) ANYSHELF_PROVE_SEED=$(SEED) $(BIN)/pytest tests/machines/prove tests/machines/test_kill.py -n 0

soak: $(TESTED) ## Play many random programs over all journeys: make soak PROGRAMS=20000 SEED=7
	ANYSHELF_SOAK_PROGRAMS=$(PROGRAMS) ANYSHELF_SOAK_SEED=$(SEED) $(BIN)/pytest tests/machines/test_programs_one.py -k soak

screenshots: browser ## Take the pictures of the pages, from a demo started for it, into docs/screens
	@$(BIN)/python tests/web/screenshots.py
