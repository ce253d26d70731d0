# `make` lists the tasks. Python 3.11 or newer, git and make are all that must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help run test quick check format golden bench prices dist dist-test lock soak clean

help: ## list the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ai-usage needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up $(VENV), once; it takes half a minute or longer, as fast as the packages arrive."
	@echo "  1/3 an environment with $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "the venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "  2/3 $$(grep -c == requirements/dev.txt) packages in the versions of requirements/dev.txt"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@echo "  3/3 ai-usage itself, from this folder"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: $(READY) ## show your own usage, or sample data where there are no logs
	@$(BIN)/python -m scripts.run_here

test: $(READY) ## all that the README says but the times; about ten minutes on two cores
	@$(BIN)/python -m scripts.test_needs
	$(BIN)/pytest $(PYTEST_ARGS)

quick: $(READY) ## figures, formats and rules, without other programs; under a minute
	@echo "Tests of figures, formats and rules, one process per core; under a minute on two cores."
	@$(BIN)/pytest -q -n auto tests/unit tests/golden tests/wire --ignore=tests/unit/sync --ignore=tests/unit/monitor $(PYTEST_ARGS)

check: $(READY) ## style, types and layers; a few seconds
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## put the code into its one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(READY) ## rewrite the golden files from what the program says now; read the diff
	$(BIN)/pytest tests/golden tests/unit/render tests/e2e/test_docs.py --rewrite-golden

bench: $(READY) ## time against other programs on the same files
	$(BIN)/python -m bench

soak: $(READY) ## long random rounds of kills and faults
	$(BIN)/pytest -m soak $(PYTEST_ARGS)

prices: $(READY) ## extend the packaged prices from the maintained data sets; read the diff
	$(BIN)/python -m scripts.make_prices

# Its own environment, without the tools of the tests, which some targets lack.
dist: ## both programs, each in one file, for this machine
	@test -x build/venv/bin/python || $(PYTHON) -m venv build/venv
	@build/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dist.txt
	PYTHONPATH=src build/venv/bin/python -m scripts.build_program ai-usage ai-usage-server --out dist $(DIST_ARGS)

dist-test: $(READY) ## build the single files with a key for tests, and update, sync and break with them
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dist.txt
	$(BIN)/pytest tests/dist -m dist $(PYTEST_ARGS)  # named, for pytest passes by a folder called dist

LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet
lock: ## resolve the pinned dependencies again
	$(BIN)/python -m pip install --quiet uv
	$(LOCK) pyproject.toml requirements/dev.in --extra server -o requirements/dev.txt
	$(LOCK) pyproject.toml -c requirements/dev.txt -o requirements/client.txt
	$(LOCK) pyproject.toml --extra server -c requirements/dev.txt -o requirements/server.txt
	$(LOCK) requirements/dist.in -c requirements/dev.txt -o requirements/dist.txt
	$(LOCK) requirements/uv.in -o requirements/uv.txt

clean: ## remove what the tasks made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
