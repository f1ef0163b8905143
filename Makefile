# Everything works from a fresh clone; `make setup` is all that the others need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

# Tests start Python hundreds of times: it shall not compile everything each time, whatever a container's image says.
test test-slow test-cluster: export PYTHONDONTWRITEBYTECODE =

.PHONY: setup demo test test-slow testbed test-cluster check format docs bench clean

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expc needs Python 3.11 or later; set PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: setup ## a real experiment on real data, from a spec to a table
	cd examples/digits-optimizers && ../../$(BIN)/expc run spec.yaml

test: setup
	$(BIN)/pytest -q -m "not slow" -n 3 --dist worksteal --ignore tests/cluster

test-slow: setup ## whole experiments: killed, interrupted, recompiled, on real data
	$(BIN)/pytest -q -m slow -n 2 --dist loadfile --no-loadscope-reorder --durations=15 --ignore tests/cluster

testbed: setup ## a real SLURM with Apptainer on this machine, as root on Debian; it says how to use it
	$(BIN)/python hpc/testbed up lab

test-cluster: setup ## on testbeds that it brings up and takes down, also if it is killed; they mostly wait
	CI=1 $(BIN)/pytest -q -n 4 --durations=15 tests/cluster

check: setup ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check rules

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt rules

docs: setup ## the pages that are made from the code
	$(BIN)/python -c "from expc.compiler.reference import language_page; print(language_page(), end=str())" > docs/language.md

bench: .venv/bench
	$(BIN)/python -m benchmarks

.venv/bench: .venv/ready benchmarks/requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.lock
	@touch $@

clean:
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis examples/*/workflow examples/*/results examples/*/.snakemake
