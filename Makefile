# make run · make test · make check · make bench · make air · make fuzz — each sets up what it needs first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FUZZ_S ?= 3600
SEEDS ?= 5
PIP := $(BIN)/python -m pip --disable-pip-version-check
RUNTIME := $(VENV)/.runtime-ready
DEV := $(VENV)/.dev-ready
AT_ONCE ?= 4
# tests at once: many wait for a mesh in real time, so more than there are processors; AT_ONCE=0 for one at a time

.PHONY: run test check format bench air fuzz clean help

help: ## say what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: $(RUNTIME) ## open the live demo: a neighbourhood on a virtual mesh, no radio needed
	@$(BIN)/meshboard demo

test: $(DEV) ## run every test
	@$(BIN)/python -m pytest --numprocesses $(AT_ONCE) --dist worksteal

check: $(DEV) ## format, lint, import contracts and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

format: $(DEV) ## put the code in the house's form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(DEV) ## measure for some minutes, and write docs/benchmarks.md
	@$(BIN)/python -m pytest tests/bench --timeout 3600

air: $(DEV) ## run the published scenarios only, and print the table: make air SEEDS=1 for a quick look
	@SEEDS=$(SEEDS) $(BIN)/python -m pytest tests/bench/test_on_the_air.py --timeout 3600

fuzz: $(DEV) ## try to break what opens foreign bytes, for an hour: make fuzz FUZZ_S=600 for ten minutes
	@$(BIN)/python -m tests.fuzz --seconds $(FUZZ_S)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo "meshboard needs Python 3.11 or newer as '$(PYTHON)'. On Debian: apt install python3 python3-venv"; \
	      echo "Another Python: make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up (once, about a minute): a private Python environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "Could not make a virtual environment. On Debian: apt install python3-venv"; exit 1; }

$(RUNTIME): $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing what meshboard needs ..."
	@$(PIP) install --progress-bar on -c constraints.txt -e . | grep -E '^(Collecting|Downloading|Installing|Successfully)' | cut -c1-100; \
	    $(BIN)/python -c 'import meshboard.cli' || \
	    { echo "Installing failed. Is a package index reachable? Then: make clean && make run"; exit 1; }
	@touch $@

$(DEV): $(RUNTIME)
	@echo "Installing what the tests need ..."
	@$(PIP) install --progress-bar on -c constraints.txt -e '.[dev]' | grep -E '^(Collecting|Downloading|Installing|Successfully)' | cut -c1-100; \
	    $(BIN)/python -c 'import pytest, hypothesis, pytest_asyncio, xdist' || \
	    { echo "Installing failed. Is a package index reachable? Then: make clean && make test"; exit 1; }
	@touch $@

clean: ## remove the private Python environment and caches
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .fuzz .import_linter_cache
