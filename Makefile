# Everything from a bare machine with Python 3.11+ and make; each target sets up .venv first.
FIT := -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))'
# The first that is new enough: `python3` may be an older one, and a pyenv shim may lead nowhere.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

REAL ?= ../shared/data

.PHONY: demo run test check quality bench chaos model model-real docs audit lock clean

# An environment that is half made, or whose Python has gone, is made again.
$(READY): requirements.txt pyproject.toml
	@$(BIN)/python $(FIT) 2>/dev/null || { \
		test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none is on the PATH: make PYTHON=/path/to/python3.12 …" >&2; exit 1; }; \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "$(PYTHON) is older than Python 3.11")' && \
		$(PYTHON) -m venv --clear $(VENV); }
	@echo "Setting up $(VENV) (about half a minute, once) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)            ## the whole pipeline on an invented newsroom, offline
	@$(BIN)/monitor demo

run: $(READY)             ## the service with ./config
	@$(BIN)/monitor run

test: $(READY)            ## all tests but the long ones
	$(BIN)/python -m pytest -q -n auto --dist loadgroup -m "not chaos"

check: $(READY)           ## lint, format, types
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy

quality: $(READY)         ## the classifier against its floors, and on real news where it is at hand
	$(BIN)/python -m pytest -q tests/quality
	@test ! -d $(REAL) || $(BIN)/python benchmarks/classify.py

bench: $(READY)           ## every figure in benchmarks/results.md
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[bench]'
	$(BIN)/python benchmarks/run.py

chaos: $(READY)           ## long fuzz and kill runs
	$(BIN)/python -m pytest -q -m chaos --timeout=1800

model: $(READY)           ## the seed model, from the repository alone
	$(BIN)/python -m monitor.cli.learning.build_shipped

model-real: $(READY)      ## both shipped models and the figures they rest on, where the real news is
	$(BIN)/python -m monitor.cli.learning.build_shipped --real $(REAL)

docs: $(READY)            ## write docs/commands.md anew from the command itself
	@$(BIN)/typer monitor.cli utils docs --name monitor --title Commands > docs/commands.md

audit: $(READY)           ## known holes in the locked packages (pip-audit), risky patterns in our own code (bandit)
	$(BIN)/python -m venv --clear build/audit
	build/audit/bin/python -m pip install -q --disable-pip-version-check pip-audit bandit
	build/audit/bin/bandit -q -r src --severity-level medium --skip B608,B704,B113  # each argued in docs/security.md
	build/audit/bin/pip-audit -r requirements.txt --disable-pip --require-hashes

# The oldest Python we support chooses the versions, so that they serve the newer ones too; pip-tools stays out of .venv.
lock: PYTHON = python3.11
lock:                     ## write requirements.txt anew from pyproject.toml
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/python -m pip install -q --disable-pip-version-check --upgrade pip pip-tools
	build/lock/bin/python -m piptools compile -q --extra dev --allow-unsafe --generate-hashes --strip-extras \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --no-annotate -o requirements.txt pyproject.toml
	grep -v -e '^topic-monitor @' -e '^#' requirements.txt > build/lock/others  # it names us as well, one extra holding the others
	cp build/lock/others requirements.txt
	rm -r build/lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
