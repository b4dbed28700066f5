PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
# Node comes with the virtual environment; npm finds it by PATH.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix frontend

# Those with containers first.
TESTS := tests/docker $(filter-out tests/docker tests/__pycache__ tests/golden,$(patsubst %/,%,$(wildcard tests/*/))) $(wildcard tests/test_*.py)

# Where it is set, every process would compile all that it imports anew: Prefect alone takes six seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint chaos bench docker-engine postgresql browser hosting vendor format constraints clean

demo: .venv/demo.stamp  ## live a pretend production day, import it, replay it
	$(BIN)/smokewatch demo

test: .venv/dev.stamp frontend/node_modules/stamp  ## every test but the long ones
	$(NPM) test --silent
	# Three workers on two cores, for many tests wait; containers first, for theirs wait longest.
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --ignore tests/viewer/browser $(TESTS)
	# By themselves: where Docker's networks come and go, Chromium breaks off what it is loading.
	$(BIN)/python -m pytest -n 3 --dist loadfile tests/viewer/browser

lint: .venv/dev.stamp frontend/node_modules/stamp  ## style, types, and which way imports go
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run --silent types

chaos: .venv/dev.stamp  ## the long fault and fuzz tests
	$(BIN)/python -m pytest -m chaos

bench: .venv/dev.stamp  ## docs/benchmarks.md, docs/scale.md: measured anew (hours; QUICK=1: only that each works)
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick)
	$(if $(QUICK),,$(BIN)/python -m benchmarks.tables)
	$(if $(QUICK),,$(BIN)/python -m benchmarks.growth_page)

docker-engine:  ## a Docker engine from Debian's packages, where none answers (needs root)
	.ci/docker-engine

postgresql:  ## PostgreSQL from Debian's packages, for the tests (needs root)
	.ci/postgresql

browser:  ## Chromium from Debian's packages, for the viewer's tests (needs root)
	.ci/browser

hosting:  ## promtool and nginx from Debian's packages, for the tests (needs root)
	.ci/hosting

vendor: .venv/dev.stamp  ## fetch the page's libraries again, and see that they are what the manifest says
	$(NPM) run --silent vendor

format: .venv/dev.stamp
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

constraints:  ## move every pinned version to the newest that pyproject.toml allows
	rm -rf .venv-constraints
	$(PYTHON) -m venv .venv-constraints
	.venv-constraints/bin/pip install --quiet "$$(sed -n 's/ *"\(torch==.*\)",/\1/p' pyproject.toml)"
	.venv-constraints/bin/pip install --quiet -e ".[dev]"
	.venv-constraints/bin/pip freeze --exclude-editable | sed 's/+cpu//' > constraints.txt
	rm -rf .venv-constraints

frontend/node_modules/stamp: frontend/package-lock.json .venv/dev.stamp
	$(NPM) ci --silent
	touch $@

clean:
	rm -rf .venv .demo frontend/node_modules

# Modules are compiled when they are first imported: most never are, and compiling all takes a minute of CPU.
INSTALL := $(PIP) install --no-compile -c constraints.txt

# torch first and alone: asked for by another package, its newest build with every GPU library would come.
.venv/torch.stamp: constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) "$$(grep '^torch==' constraints.txt)"
	touch $@

.venv/demo.stamp: .venv/torch.stamp pyproject.toml
	$(INSTALL) -e ".[demo]"
	touch $@

.venv/dev.stamp: .venv/torch.stamp pyproject.toml
	$(INSTALL) -e ".[dev]"
	touch $@ .venv/demo.stamp
