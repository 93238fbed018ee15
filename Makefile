# Everything is installed from hashed locks into .venv; see CONTRIBUTING.md.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
# How many processes the tests go on in, each with servers of its own; 0 is this one. Tests wait more
# than they work.
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))
# What takes long: parts of the tests of which CI runs a sample, or less.
SOAK := -m soak --timeout=7200
# What the pages, and the measuring of others, take from npm.
PAGES := src/fettle/frontends/web/packages/brought
# What the tests take from npm, and Poetry.
SDKS := .work/sdks/brought
# The tests in which the server's version matters.
MATRIX := tests/diagnosis tests/planted tests/resolution tests/targets

.PHONY: help up demo test brought check gates format lint types imports locks docs-check soak matrix bench docs fmt requirements clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

up: .venv/run $(PAGES) ## start Fettle on its embedded PostgreSQL
	@$(BIN)/fettle up

demo: .venv/run $(PAGES) ## show a made-up shop to look around in, which is gone at the end
	@$(BIN)/fettle up --demo

test: .venv/dev brought ## install what the tests need, Debian packages included, and run them
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

brought: $(PAGES) $(SDKS)
	@script/install-debian

check: ## every gate, then the tests
	@$(MAKE) --no-print-directory --jobs=2 --output-sync gates docs-check brought
	@$(MAKE) --no-print-directory test

gates: types format lint imports locks

format: .venv/dev
	@$(BIN)/ruff format --check --quiet . || { echo "run: make fmt" >&2; exit 1; }

lint: .venv/dev
	@$(BIN)/ruff check --quiet .

types: .venv/dev
	@$(BIN)/mypy

imports: .venv/dev
	@$(BIN)/lint-imports --no-logo

locks:
	@if grep -rnE 'https?://|^--(index|extra|find)' requirements; then \
		echo "the locks name an address; run: make requirements" >&2; exit 1; fi

docs-check: .venv/dev
	@[ ! -e script/docs ] || $(BIN)/python script/docs --check

soak: .venv/dev brought ## the long tests, in full
	@$(BIN)/pytest $(SOAK) $(PYTEST)

matrix: .venv/dev ## the database tests on every PostgreSQL from 13 to 18
	@script/install-debian
	@script/matrix-servers
	@FETTLE_MATRIX=13,14,15,16,17,18 $(BIN)/pytest -m "not soak" $(wildcard $(MATRIX)) $(PYTEST)

bench: .venv/dev $(PAGES) ## measure against the peers; writes benchmarks/RESULTS.md
	@script/install-debian benchmarks
	@$(BIN)/python -m benchmarks

docs: .venv/dev ## write the pages that are made from the units
	@$(BIN)/python script/docs

fmt: .venv/dev ## format and fix what can be fixed
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

requirements: .venv/dev ## compile the locks again
	@script/lock

clean: ## remove what the other targets made
	@rm -rf $(dir $(PAGES)) src/fettle/targets/browser/packages .venv .work .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(PAGES): frontend/package-lock.json script/frontend
	@PYTHON="$(PYTHON)" script/frontend

# After the pages: both may have to bring npm itself.
$(SDKS): tests/sdks/package-lock.json tests/sdks/package.json requirements/poetry.txt script/sdks | $(PAGES)
	@PYTHON="$(PYTHON)" script/sdks

.venv/run: requirements/run.txt pyproject.toml script/venv
	@script/venv requirements/run.txt
	@touch $@

.venv/dev: requirements/dev.txt pyproject.toml script/venv
	@script/venv requirements/dev.txt
	@touch $@ .venv/run
