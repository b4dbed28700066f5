PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: demo test lint chaos bench docker-engine postgresql format constraints clean

demo: .venv/demo.stamp  ## live a pretend production day, import it, replay it
	$(BIN)/smokewatch demo

test: .venv/dev.stamp  ## every test but the long ones
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: .venv/dev.stamp  ## style, types, and which way imports go
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

chaos: .venv/dev.stamp  ## the long fault and fuzz tests
	$(BIN)/python -m pytest -m chaos

bench: .venv/dev.stamp  ## what README's figures come from: benchmarks/results.json
	$(BIN)/python -m benchmarks

docker-engine:  ## a Docker engine from Debian's packages, where none answers (needs root)
	.ci/docker-engine

postgresql:  ## PostgreSQL from Debian's packages, for the tests (needs root)
	.ci/postgresql

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

clean:
	rm -rf .venv .demo

# torch first and alone: asked for by another package, its newest build with every GPU library would come.
.venv/torch.stamp: constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install "$$(grep '^torch==' constraints.txt)" -c constraints.txt
	touch $@

.venv/demo.stamp: .venv/torch.stamp pyproject.toml
	$(PIP) install -c constraints.txt -e ".[demo]"
	touch $@

.venv/dev.stamp: .venv/torch.stamp pyproject.toml
	$(PIP) install -c constraints.txt -e ".[dev]"
	touch $@ .venv/demo.stamp
