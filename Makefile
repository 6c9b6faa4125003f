# Needs make and Python 3.11 or newer; everything else is installed into $(VENV).

VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=

# A name on the path is not enough: it may be a launcher without that version, or lack the venv module.
IS_USABLE := -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	"$$name" $(IS_USABLE) && { echo "$$name"; break; }; done)
# Twice quiet: once still warns about every optional index of the user's own pip configuration.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Two pips must not write into one environment at the same time.
.NOTPARALLEL:
.PHONY: help plan test check lint bench docs schema lock upgrade clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

plan: $(VENV)/.project ## Plan the example site; the result is written to build/denton
	@$(BIN)/planner plan examples/denton/case.yaml --out build/denton $(ARGS)

test: lint ## Everything that must pass: lint, types, import rules, all tests
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

check: lint ## The same without the slow tests
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m "not slow" $(ARGS)

lint: $(VENV)/.dev $(VENV)/.project ## Lint, format, types and import rules only
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "not formatted; run: $(BIN)/ruff format" >&2; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(VENV)/.dev $(VENV)/.project ## Time the benchmark suite
	@$(BIN)/python -m tests.bench $(ARGS)

docs: $(VENV)/.dev $(VENV)/.project ## Write the generated pages and build the documentation into build/site
	@$(BIN)/python -m tests.docs build/site

schema: $(VENV)/.project ## Write the JSON schemas of cases, proposals and sweeps and their reference pages
	@mkdir -p build
	@$(BIN)/planner schema > build/case.schema.json
	@$(BIN)/planner schema --proposal > build/proposal.schema.json
	@$(BIN)/planner schema --sweep > build/sweep.schema.json
	@$(BIN)/planner schema --reference > build/input.md
	@mv build/case.schema.json build/proposal.schema.json build/sweep.schema.json planner/schemas/
	@$(BIN)/planner schema --proposal --reference > build/proposal.md
	@$(BIN)/planner schema --sweep --reference > build/sweep.md
	@mv build/input.md build/proposal.md build/sweep.md docs/

UV_COMPILE = build/uv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url --no-annotate \
	--custom-compile-command "make lock" $(UPGRADE)

lock: build/uv/bin/uv ## Write the lock files anew, keeping the versions that still fit
	@$(UV_COMPILE) --group build --output-file requirements.lock
	@$(UV_COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

upgrade: ## Write the lock files anew with the newest versions
	@$(MAKE) --no-print-directory lock UPGRADE=--upgrade

clean: ## Remove everything that make has made
	rm -rf $(VENV) .ci/venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find planner models tests -type d -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.created:
	@"$(PYTHON)" $(IS_USABLE) || { echo "this needs Python 3.11 or newer with its venv module;" \
		"name one with: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "creating $(VENV) with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.lock | $(VENV)/.created
	@echo "installing the packages of $< into $(VENV)"
	@$(PIP_INSTALL) --requirement $<
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "installing the packages of $< into $(VENV)"
	@$(PIP_INSTALL) --requirement $<
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.runtime
	@echo "installing the project into $(VENV)"
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

build/uv/bin/uv: | $(VENV)/.created
	@echo "installing uv into build/uv"
	@$(BIN)/python -m venv --clear build/uv
	@build/uv/bin/python -m pip install --quiet --quiet --disable-pip-version-check uv
