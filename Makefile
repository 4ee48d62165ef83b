# make demo    the whole program on a throw-away mailbox
# make test    sets everything up and runs the tests
# make lint    ruff and mypy
# make bench   measures; BENCH=--quick for a short run
# make reliability  injects faults and writes docs/reliability.md; SPRINGBACK_FULL=1 for all of them
# make fuzz    looks for what breaks it, FUZZ_SECONDS for each target; fuzz-quick takes a minute in all
# make audit   asks PyPI for known weaknesses of the dependencies
# make soak    ten minutes of the daemon among faults, into docs/reliability.md; SOAK="--minutes 1" for a short one
# make readme  writes what the commands in README.md print into it
# make lock    writes requirements.lock anew

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The build tool warns of editable installs, which is no news to a newcomer.
PIP := PYTHONWARNINGS=ignore $(BIN)/pip install -q
BENCH ?=
FUZZ_SECONDS ?= 600
SOAK ?= --page
TESTS ?=

# What the suites found, and what other measurements leave for docs/reliability.md.
FOUND := $(CURDIR)/build/reliability

.PHONY: demo test lint bench reliability fuzz fuzz-quick soak audit readme lock servers clean

demo: $(VENV)/run
	@$(BIN)/springback demo

test: $(VENV)/dev servers
	$(BIN)/pytest -q -n auto $(TESTS)

lint: $(VENV)/dev
	$(BIN)/ruff format --check service tests
	$(BIN)/ruff check service tests
	$(BIN)/mypy

bench: $(VENV)/dev servers
	$(BIN)/python tests/bench/run.py $(BENCH)

reliability: $(VENV)/dev servers
	@mkdir -p $(FOUND)
	@rm -f $(FOUND)/tally.jsonl
	SPRINGBACK_TALLY=$(FOUND)/tally.jsonl $(BIN)/pytest -q -n 2 tests/reliability
	$(BIN)/python tests/support/reliability.py $(FOUND)

fuzz: $(VENV)/fuzz
	$(BIN)/python tests/fuzz/run.py --seconds $(FUZZ_SECONDS)

fuzz-quick: $(VENV)/fuzz
	$(BIN)/python tests/fuzz/run.py --quick

soak: $(VENV)/dev servers
	$(BIN)/python tests/bench/soak.py --json build/soak.json $(SOAK)

servers:
	@sh tests/support/install-servers.sh

$(VENV)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Springback needs Python 3.11 or later; name one with: make PYTHON=python3.12 ...")'
	@echo "Setting up $(VENV) (once; takes a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade pip
	@touch $@

$(VENV)/run: $(VENV)/pip pyproject.toml requirements.lock
	@$(PIP) -c requirements.lock -e '.[demo,metrics]'
	@touch $@

$(VENV)/dev: $(VENV)/run
	@$(PIP) -c requirements.lock --group dev
	@touch $@

$(VENV)/fuzz: $(VENV)/dev
	@$(PIP) -c requirements.lock --group fuzz
	@touch $@

audit: $(VENV)/dev
	$(BIN)/python tests/support/audit.py requirements.lock

readme: $(VENV)/dev
	$(BIN)/python tests/support/readme.py

lock: $(VENV)/dev
	$(PIP) uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --extra demo --extra metrics --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build dist service/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
