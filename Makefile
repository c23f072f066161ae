# Everything a person runs. `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
SCALE ?= district
SEED ?= 20251123
AS_OF ?= 2025-11-23
SERVE ?= 1
PORT ?= 8501
JOBS ?= 2
export WAREHOUSE_DATA ?= $(CURDIR)/data
export WAREHOUSE_KEYS ?= $(CURDIR)/.keys
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
SIMULATED := $(WAREHOUSE_DATA)/.simulated-$(SCALE)-$(SEED)-$(AS_OF)

.PHONY: help setup demo test verify check bench refresh app screenshot generate wheelhouse clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed; found $$($(PYTHON) --version). Set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "· setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.ready ## make the environment from requirements.lock, and fonts and browser where possible
	@sh .ci/system-packages



demo: setup ## the whole line on a simulated district (SCALE=hamlet for a tiny one, SERVE=0 to stop before serving)
	@$(PY) -m warehouse keys
	@if [ ! -e "$(SIMULATED)" ]; then \
	  $(PY) -m ingest.simulate --scale $(SCALE) --seed $(SEED) --as-of $(AS_OF) --out $(WAREHOUSE_DATA)/inbox --truth $(WAREHOUSE_DATA)/truth && touch "$(SIMULATED)"; \
	else echo "· simulated $(SCALE) is there already"; fi
	@$(PY) -m warehouse refresh --as-of $(AS_OF)
	@echo "· keys: $(WAREHOUSE_KEYS) · data: $(WAREHOUSE_DATA)"
	@if [ "$(SERVE)" = "1" ]; then $(MAKE) --no-print-directory app; else echo "· published; see it with: make app"; fi

refresh: setup ## bring in what lies in the inbox and publish it (AS_OF=YYYY-MM-DD)
	@$(PY) -m warehouse refresh --as-of $(AS_OF)

app: setup ## serve the dashboard
	@echo "· the dashboard is at http://127.0.0.1:$(PORT)"
	@$(PY) -m streamlit run app/serve.py --server.address 127.0.0.1 --server.port $(PORT) --server.headless true

test: setup ## set up and run every test on the hamlet
	@$(PY) -m pytest -m "not district and not bench" -n $(JOBS) --dist loadfile --no-loadscope-reorder

verify: setup ## the proofs at district scale
	@$(PY) -m pytest -m district -s

check: setup ## format, lint, types, import rules, generated files, fast tests
	@$(PY) -m ruff format --check app warehouse ingest expectations tests
	@$(PY) -m ruff check app warehouse ingest expectations tests
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports
	@$(PY) -m warehouse generate --check
	@$(PY) -m pytest -m "not district and not bench and not browser and not slow" -x

bench: setup ## measure at district scale, as ratios to something run beside it
	@$(PY) -m pytest -m bench -s

screenshot: setup ## make the picture of the README from the published release
	@$(PY) -m app.screenshot --out docs/screenshot.png

generate: setup ## write the generated files
	@$(PY) -m warehouse generate

wheelhouse: setup ## collect every package for a machine without internet
	@$(PY) -m pip download --quiet --require-hashes -r requirements.lock -d wheelhouse

clean: ## remove the demo's data and environment; the keys stay
	@rm -rf $(VENV) data .pytest_cache .mypy_cache .ruff_cache tests/output
