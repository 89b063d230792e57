# Everything runs in .venv, which is made from nothing with Python 3.11+; uv is used when it is there, pip when not.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(wildcard plugins/*/pyproject.toml)
EDITABLE := -e . $(foreach plugin,$(PLUGINS),-e $(dir $(plugin)))
INSTALLED := $(VENV)/.installed

.PHONY: demo test sweep check docs benchmarks format cassettes requirements clean

demo: $(INSTALLED)  ## load the tickets demo into DuckDB and show it
	$(BIN)/sdk run tickets --demo

test: $(INSTALLED)  ## run all tests
	$(BIN)/python -m pytest -n 2

sweep: $(INSTALLED)  ## all that takes long: every fault, every moment to be killed at, the soak; hours
	$(BIN)/python -m pytest -n 2 -m slow

check: $(INSTALLED)  ## lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py

docs: $(INSTALLED)  ## build the documentation into site/; a warning is an error
	$(BIN)/python docs/build.py

benchmarks: $(INSTALLED)  ## measure every workload side by side with others; most of an hour
	$(BIN)/python -m benchmarks

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

cassettes: $(INSTALLED)  ## record all cassettes again, from the simulators
	$(BIN)/python -m pytest -q tests/plugins --record

requirements: $(INSTALLED)  ## pin requirements.in again, with hashes and without any index address
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --upgrade --no-emit-package connector-sdk \
		--output-file requirements.txt requirements.in

$(INSTALLED): requirements.txt pyproject.toml $(PLUGINS)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	if command -v uv >/dev/null; then \
		uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) \
		&& uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt \
		&& uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(EDITABLE); \
	else \
		$(PYTHON) -m venv $(VENV) \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(EDITABLE); \
	fi
	touch $@

clean:
	rm -rf $(VENV) build dist site .cache
