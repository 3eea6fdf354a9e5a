# Two commands matter: `make up` runs the whole product on this machine, `make test` proves it.
# Everything they need beyond python3 (>= 3.11, with venv) and make they install themselves, below this folder.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
SOURCES := layers/telekarta/python:functions

.PHONY: help up call test lint unit e2e screenshots explore soak snapshot mutants bench docs changes lock clean
.DEFAULT_GOAL := help

help: ## what can be done here
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# uv installs in seconds what takes pip a minute; where it can't reach the packages as pip can, pip does it.
UV := .local/venvs/uv/bin
install = $(UV)/uv pip install --quiet --python $(1)/bin/python --require-hashes -r $(2) 2>/dev/null || \
	$(UV)/pip --python $(1)/bin/python install -qq --no-compile --require-hashes -r $(2)

$(UV)/.ready: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Telekarta needs Python 3.11 or newer as $(PYTHON)"; exit 1; }
	@echo "Setting up the tools below .venv and .local ..."
	@$(PYTHON) -m venv .local/venvs/uv || { echo "Python's venv is missing: install the package python3-venv"; exit 1; }
	@$(UV)/pip install -qq --no-compile --require-hashes -r requirements/uv.txt
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
tools:
	@$(MAKE) -s -j3 $(TOOLS)

up: tools ## set everything up, run the product, serve until Ctrl-C
	@PYTHONPATH=$(SOURCES) exec $(PY) -m local.up

call: $(VENV)/.ready ## play a whole demo call in the terminal (the stack must be up)
	@PYTHONPATH=$(SOURCES) exec $(PY) -m local.call

test: tools lint unit e2e ## lint, types, structure, and all tests

lint: $(VENV)/.ready ## format, lint, types, layers, template
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@PYTHONPATH=$(SOURCES) $(VENV)/bin/lint-imports
	@$(VENV)/bin/cfn-lint template.yaml stacks/*.yaml

unit: $(VENV)/.ready ## everything that needs no emulator
	@$(PY) -m pytest -m "not emulator" -n auto

# The pages are tried in Debian's Chromium; as root it is installed if it is missing.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; } || \
		{ echo "The tests of the web pages need Chromium: install the package chromium"; exit 1; }

screenshots: tools chromium ## renew the pictures of the web pages in docs/screenshots
	@KEEP_SCREENSHOTS=1 $(PY) -m pytest tests/e2e/topups/test_web_pages.py tests/e2e/refunds/test_form.py tests/e2e/desk/test_pages.py -k "accessible or applicant or looks"

e2e: tools chromium ## the tests that run against the deployed stack on the emulator
	@$(PY) -m pytest -m emulator

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

clean: ## forget everything that was set up or stored locally
	rm -rf $(VENV) .local .aws-sam
