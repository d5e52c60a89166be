# Everything a newcomer needs. Wants Python 3.11 or newer (with venv) and make; the rest is installed into .venv.

.DEFAULT_GOAL := help
.PHONY: storm help run cluster cluster-test test check bench bench-cluster bench-growth lighthouse format faults mutants attack fuzz
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input install
ARGS ?=
FUZZ_MINUTES ?= 60

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: $(VENV)/runtime ## set up, start and serve Cabinet at http://localhost:8000
	@$(PY) -m cabinet run

cluster: $(VENV)/checked ## the same as several processes: PostgreSQL, Redis, 2 web, 1 jobs, a proxy (ARGS="--web 3")
	@$(PY) -m cabinet cluster $(ARGS)

test: $(VENV)/checked ## set up and run all tests (ARGS="-k pay" chooses some)
	@$(PY) -m cabinet.launcher.chromium
	@$(PY) -m cabinet build
	@$(PY) -m pytest $(ARGS)

cluster-test: $(VENV)/checked ## the browser journeys against `make cluster`, as staging
	@$(PY) -m cabinet.launcher.chromium
	@$(PY) -m pytest --cluster tests/journeys $(ARGS)

check: $(VENV)/checked ## lint, types, import contracts, migration drift, catalogs, known weaknesses of packages
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/pyright
	$(VENV)/bin/lint-imports
	$(PY) -m cabinet check-migrations
	$(PY) -m cabinet.launcher.catalog check
	@$(PY) -m cabinet.launcher.audit

faults: $(VENV)/checked ## inject every fault at every step into the code that moves money (minutes)
	@$(PY) -m pytest -m "slow or not slow" tests/faults tests/simulation tests/payments $(ARGS)

mutants: $(VENV)/checked ## break each guard of the money in a copy: a test must fail (ARGS=name chooses)
	@$(PY) -m tests.mutants.run $(ARGS)

attack: $(VENV)/checked ## the hazards of the framework against several processes (ARGS="--target var/cluster": running ones)
	@$(PY) -m pytest -m slow tests/attack $(ARGS)

fuzz: $(VENV)/fuzzed ## handlers, routes, API and parsers with anything, for FUZZ_MINUTES (60)
	@$(PY) -m tests.fuzz --minutes $(FUZZ_MINUTES) $(ARGS)

storm: $(VENV)/checked ## break everything that can break under residents at work, for half an hour (ARGS="--minutes 5")
	@$(PY) -m cabinet.launcher.chromium
	@$(PY) -m cabinet build
	@$(PY) -m tests.storm $(ARGS)

format: $(VENV)/checked ## let ruff format and mend what it can
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

bench: $(VENV)/checked ## speed and weight beside a blank Reflex app, long histories, settlements, registries
	@$(PY) -m cabinet.launcher.chromium
	@$(PY) -m cabinet build
	@$(PY) -m benchmarks
	@$(PY) -m benchmarks history
	@$(PY) -m benchmarks money
	@$(PY) -m benchmarks registries
	@$(PY) -m benchmarks cluster

bench-cluster: $(VENV)/checked ## load on the cluster beside a blank Reflex app with the same processes (ARGS="--rounds 5")
	@$(PY) -m cabinet.launcher.chromium
	@$(PY) -m benchmarks cluster $(ARGS)

bench-growth: $(VENV)/checked ## a thousand accounts beside a million, with twelve million entries (ARGS="--accounts 50000")
	@$(PY) -m benchmarks growth $(ARGS)

lighthouse: $(VENV)/checked ## what Lighthouse says about three pages on a phone (ARGS="--runs 1")
	@$(PY) -m cabinet.launcher.chromium
	@$(PY) -m cabinet build
	@$(PY) -m benchmarks lighthouse $(ARGS)

$(VENV)/created:
	@for python in $(PYTHON) python3.12 python3.11 python3.13 python3 python; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  echo "Creating $(VENV) with $$($$python --version)…"; \
	  $$python -c 'import venv, ensurepip' 2>/dev/null && $$python -m venv --clear $(VENV) && touch $@ && exit 0; \
	  echo "$$($$python --version) cannot create a virtual environment: install its venv module (Debian, Ubuntu: apt install python3-venv)."; exit 1; \
	done; \
	echo "Python 3.11 or newer was not found: install it, or name it with make PYTHON=/path/to/python3."; exit 1

$(VENV)/runtime: requirements.txt | $(VENV)/created
	@echo "Installing packages…"
	@$(PIP) -r requirements.txt || { echo "The packages could not be installed: is there a network? The lines above say more."; exit 1; }
	@touch $@

$(VENV)/checked: requirements-dev.txt $(VENV)/runtime
	@echo "Installing what the tests need…"
	@$(PIP) -r requirements-dev.txt || { echo "The packages could not be installed: is there a network? The lines above say more."; exit 1; }
	@touch $@

$(VENV)/fuzzed: requirements-fuzz.txt $(VENV)/checked
	@$(PIP) -r requirements-fuzz.txt || { echo "The fuzzer could not be installed: is there a network? The lines above say more."; exit 1; }
	@touch $@
