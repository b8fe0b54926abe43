# Everything from the tree: plain `make` lists the targets. Each one sets up what it needs first (setup/).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := help

PY := .venv/bin/python
# Test processes; more than the cores gains nothing, for most tests compute.
WORKERS ?= $(shell nproc)
FUZZ_SECONDS ?= 0
# Images of build servers ask that none is kept; then each of the processes that the tests start compiles all anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

.PHONY: setup
setup: ## .venv from the lock, and what the machine lacks (apt when root)
	@setup/all

.PHONY: run
run: ## the pilot network with the demo world; Ctrl-C stops it
	@setup/all --to-run
	@exec $(PY) -m pilot run

.PHONY: test
test: setup ## every test, with real Redis, PostgreSQL and Chromium
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)

.PHONY: check
check: setup ## ruff, mypy strict, and every test
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy .
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)

.PHONY: format
format: setup ## let ruff lay out the code and mend what it can
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

.PHONY: bench
bench: setup ## CPU per login of gateway and BVD; the last line is JSON
	@$(PY) -m benchmarks

.PHONY: conformance
conformance: setup ## which clauses of the standards hold, in a table and build/conformance.json
	@$(PY) -m pytest -q -n $(WORKERS) --conformance build/conformance.json $(ARGS)

.PHONY: fuzz
fuzz: setup ## feed the message readers nonsense, until stopped or for FUZZ_SECONDS
	@$(PY) -m tests.fuzz --seconds $(FUZZ_SECONDS)

.PHONY: lock
lock: setup ## pin anew, with hashes, what requirements*.in ask for
	@setup/lock

.PHONY: clean
clean: ## throw away all that was built or installed in this tree
	@rm -rf .venv build run .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
