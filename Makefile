# Everything runs in .venv, from the hashed locks, without root. `make` alone says what there is.

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin

# The system's certificates, for those behind a company's own.
export UV_SYSTEM_CERTS ?= 1

UV_PIP := $(BIN)/uv pip
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
CODE := $(shell find labo -type f ! -name '*.pyc' 2>/dev/null)
TYPED := $(wildcard labo tests bench)

# $(call install,LOCK): exactly what the lock says, wheels only, then this checkout itself.
define install
@$(UV_PIP) sync --quiet --python $(BIN)/python --require-hashes --no-build $(1)
@$(UV_PIP) install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline -e .
endef

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench lock clean

help:
	@echo "make demo    write the synthetic town Ville-Témoin, diagnose it, show the result (demo/)"
	@echo "make test    run the tests           ARGS='-k crosswalk' goes to pytest"
	@echo "make lint    ruff, mypy and the contracts between modules"
	@echo "make format  let ruff rewrite the code as make lint wants it"
	@echo "make bench   benchmarks against other software           ARGS='--quick' goes to them"
	@echo "make lock    resolve the dependencies again              UPGRADE=1 takes newer versions"
	@echo "make clean   remove all that the above wrote, .venv included"
	@echo "PYTHON=python3.12 chooses the Python (3.11 or newer) that makes .venv"

demo: demo/.diagnosed
	@$(BIN)/labo show demo/release
	@echo "The release is the folder $(CURDIR)/demo/release"

test: $(DEV)
	$(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports --no-logo

format: $(DEV)
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(DEV)
	$(BIN)/python -m bench $(ARGS)

LOCK := $(UV_PIP) compile pyproject.toml --quiet --python $(BIN)/python $(if $(UPGRADE),--upgrade) \
	--group build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

lock: $(BIN)/uv
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev --extra bench -c requirements.lock -o requirements-dev.lock
	@! grep -n '://' requirements.lock requirements-dev.lock \
		|| { echo "The locks must name no host: see the lines above." >&2; exit 1; }

clean:
	rm -rf $(VENV) demo build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Written again only when the code or the installation changed.
demo/.mirrored: $(CODE) $(RUNTIME)
	@rm -rf demo && mkdir demo
	$(BIN)/labo demo demo/mirror
	@touch $@

demo/.diagnosed: demo/.mirrored
	@rm -rf demo/release
	$(BIN)/labo diagnose ville-temoin --mirror demo/mirror --out demo/release
	@touch $@

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/uv
	@echo "Installing from $<" >&2
	@rm -f $(DEV)
	$(call install,$<)
	@touch $@

# The dev lock holds the runtime lock, so that installing it satisfies both.
$(DEV): requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/uv
	@echo "Installing from $<" >&2
	$(call install,$<)
	@touch $(RUNTIME) $@

# uv itself comes through pip, by the hashes cut out of the lock.
$(BIN)/uv:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not found: install Python 3.11 or newer, or name yours, as in: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed and $(PYTHON) is $$($(PYTHON) -V 2>&1): name a newer one, as in: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "The venv module of $(PYTHON) is missing: install it (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) -V)" >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@awk '/^uv==/ {on = 1; print; next} on && /^ / {print; next} {on = 0}' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r $(VENV)/uv.lock
