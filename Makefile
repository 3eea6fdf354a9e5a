# Two commands matter: `make up` runs the whole product on this machine, `make test` proves it.
# Everything they need beyond python3 (>= 3.11, with venv) and make they install themselves, below this folder.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# Compiled once: who forbids Python to keep bytecode would pay for compiling everything in each process.
unexport PYTHONDONTWRITEBYTECODE
SOURCES := layers/telekarta/python:functions

# Whatever tools keep lies below .local as well: a home that is missing or may not be written is no matter.
export HOME ?= $(CURDIR)/.local/home
export XDG_CACHE_HOME := $(CURDIR)/.local/cache
export UV_CACHE_DIR ?= $(XDG_CACHE_HOME)/uv
export PIP_CACHE_DIR ?= $(XDG_CACHE_HOME)/pip
export TMPDIR := $(CURDIR)/.local/tmp

.PHONY: help up call test lint build unit e2e screenshots explore soak snapshot mutants bench docs changes lock clean
.DEFAULT_GOAL := help

help: ## what can be done here
	@grep -E '^[a-z0-9%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: needs-up needs-test
needs-up needs-test: needs-%:
	@mkdir -p "$(TMPDIR)" && $(PYTHON) local/needs.py $*

# uv installs in seconds what takes pip a minute; where it can't reach the packages as pip can, pip does it.
# The second try is for those whose machine trusts somebody of its own.
UV := .local/venvs/uv/bin
with_uv = $(UV)/uv pip install --quiet --python $(1)/bin/python --require-hashes -r $(2) 2>&1
install = why=$$($(with_uv)) || why=$$(UV_SYSTEM_CERTS=1 $(with_uv)) || \
	{ echo "pip installs $(2), which takes a minute longer, because uv said:" $$why; \
	$(UV)/python -m pip --python $(1)/bin/python install -qq --no-compile --require-hashes -r $(2); }

$(UV)/.ready: requirements/uv.txt | needs-up
	@echo "Setting up the tools below .venv and .local ..."
	@$(PYTHON) -m venv .local/venvs/uv
	@$(UV)/python -m pip install -qq --no-compile --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.ready: requirements/dev.txt $(UV)/.ready
	@$(PYTHON) -m venv --without-pip $(VENV)
	@$(call install,$(VENV),$<)
	@touch $@

.local/venvs/%/.ready: requirements/%.txt $(UV)/.ready
	@$(PYTHON) -m venv --without-pip .local/venvs/$*
	@$(call install,.local/venvs/$*,$<)
	@touch $@

TOOLS := $(VENV)/.ready .local/venvs/emulator/.ready .local/venvs/sam/.ready

# Most of the first minutes is installing, which goes on side by side.
.PHONY: tools
tools: needs-up
	@$(MAKE) -s -j3 $(TOOLS)

up: tools ## set everything up, run the product, serve until Ctrl-C
	@PYTHONPATH=$(SOURCES) exec $(PY) -m local

call: $(VENV)/.ready ## play a whole demo call in the terminal (the stack must be up)
	@PYTHONPATH=$(SOURCES) exec $(PY) -m local.call

# Lint and the build take one core each; then the tests of both lanes on the emulator (tests/conftest.py), which
# mostly wait, run beside those that need none.
test: needs-test tools ## lint, types, structure, and all tests
	@$(MAKE) -s -j2 -O lint build collect
	@KEEP_TEST_COSTS=1 $(PY) -m pytest -n auto
	@$(MAKE) -s budgets

.PHONY: budgets
budgets: $(VENV)/.ready ## whether the last `make test` took no more CPU time than tests/budgets.toml allows
	@$(PY) -m tests.kit.budgets

lint: $(VENV)/.ready ## format, lint, types, layers, template
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@PYTHONPATH=$(SOURCES) $(VENV)/bin/lint-imports --cache-dir .local/cache/import_linter
	@$(VENV)/bin/cfn-lint template.yaml stacks/*.yaml

build: $(TOOLS) ## the functions and layers as they are deployed; nothing if they are built
	@PYTHONPATH=$(SOURCES) $(PY) -m local.deploy

# Every process of the tests imports them all; whoever is first leaves them compiled to the others.
.PHONY: collect
collect: $(VENV)/.ready
	@mkdir -p .local && $(PY) -m pytest --collect-only -qq >.local/collected || { cat .local/collected; exit 1; }

unit: $(VENV)/.ready ## everything that needs no emulator
	@$(PY) -m pytest -m "not emulator" -n auto

# Capabilities are the folders of tests/<layer>/; of adapters, the outside systems.
folders = $(filter-out tests/data/% %__pycache__/,$(wildcard tests/*/$(1)/))
in_process = $(filter-out tests/e2e/%,$(call folders,$(1)))
names = $(sort $(notdir $(patsubst %/,%,$(1))))
refuse = { echo "No tests are called $(1); these are: $(call names,$(2))"; exit 1; }

test-%: $(VENV)/.ready ## the tests of one capability in all layers, without the emulator: make test-refunds
	@[ "$(call in_process,$*)" ] || $(call refuse,$*,$(call in_process,*))
	@$(PY) -m pytest -m "not emulator" -n auto $(call in_process,$*)

screenshots: needs-test tools ## renew the pictures of the web pages in docs/screenshots
	@KEEP_SCREENSHOTS=1 $(PY) -m pytest tests/e2e/topups/test_web_pages.py tests/e2e/refunds/test_form.py tests/e2e/desk/test_pages.py -k "accessible or applicant or looks"

e2e: needs-test tools ## the tests that run against the deployed stack on the emulator
	@$(PY) -m pytest -m emulator -n auto

e2e-%: needs-test tools ## the tests of one capability on the emulator: make e2e-refunds
	@[ -d tests/e2e/$* ] || $(call refuse,$*,$(filter tests/e2e/%,$(call folders,*)))
	@$(PY) -m pytest tests/e2e/$*

explore: $(VENV)/.ready ## the same properties and worlds with examples that nobody has seen
	@EXPLORE=1 $(PY) -m pytest -m "not emulator" -n auto

soak: $(VENV)/.ready ## 1,000 simulated worlds of 1,000 steps; SEED=7 replays one, STEPS=500 makes them shorter
	@PYTHONPATH=$(SOURCES) $(PY) -m tests.simulation --steps $(or $(STEPS),1000) $(if $(SEED),--seed $(SEED),--seeds 1000)

snapshot: tools ## keep what this version stores, so that the next one can show that it reads it
	@PYTHONPATH=$(SOURCES) $(PY) -m tests.snapshot

mutants: $(VENV)/.ready ## break the code on purpose in many ways and show that the simulator catches each
	@PYTHONPATH=$(SOURCES) $(PY) -m tools.mutants

bench: tools ## what the product costs on this machine: figures beside their floors, kept in docs/performance.md
	@PYTHONPATH=$(SOURCES):. $(PY) -m tools.bench

docs: $(VENV)/.ready ## renew what is generated: state machines, the call map, the rule table, the operators' commands
	@PYTHONPATH=layers/telekarta/python:functions $(PY) -m tools.state_machines
	@PYTHONPATH=layers/telekarta/python:functions $(PY) -m tools.call_map
	@PYTHONPATH=layers/telekarta/python:functions $(PY) -m tools.rules_table
	@PYTHONPATH=layers/telekarta/python:functions $(PY) -m tools.desk

changes: tools ## what a deployment to AWS would change, resource by resource (STACK=name for another stack)
	@$(PY) -m tools.changes $(if $(STACK),--stack $(STACK))

lock: ## renew the hashed requirement files (needs uv)
	cd layers/dependencies && uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate requirements.in -o requirements.txt
	cd layers/documents && uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate requirements.in -o requirements.txt
	cd requirements && for n in dev emulator sam uv; do uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate $$n.in -o $$n.txt; done

clean: ## forget everything that was set up, kept or stored locally
	rm -rf $(VENV) .local .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
