# Everything runs in .venv, from the hashed locks, without root. `make` alone says what there is.

PYTHON ?= python3
ARGS ?=
SERVE ?= 1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

# The system's certificates, for those behind a company's own.
export UV_SYSTEM_CERTS ?= 1
export NODE_USE_SYSTEM_CA ?= 1

UV_PIP := $(BIN)/uv pip
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
CODE := $(shell find labo -type f ! -name '*.pyc' 2>/dev/null)
TYPED := $(wildcard labo labo_web tests bench fuzz)
VENDOR := labo_web/static/vendor/.copied

# $(call install,LOCK): exactly what the lock says, wheels only, then this checkout itself.
define install
@$(UV_PIP) sync --quiet --python $(BIN)/python --require-hashes --no-build $(1)
@$(UV_PIP) install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline -e .
endef

.DEFAULT_GOAL := help
.PHONY: help demo site serve backup restore test screenshots lint format bench fuzz lock release clean

help:
	@echo "make demo    write the synthetic town Ville-Témoin, diagnose it, show the result (demo/), serve it"
	@echo "             SERVE=0 ends before serving   PORT=8001 serves elsewhere"
	@echo "make serve   serve an installation: its settings are in the environment (.env.example)"
	@echo "make backup  copy that installation into one file      FILE=… (backups/<moment>.zip)"
	@echo "make restore put a copy back into an empty one         FILE=…   ARGS=--replace"
	@echo "make screenshots   pictures of the pages of the demonstration (demo/screenshots)"
	@echo "make test    run the tests           ARGS='-k crosswalk' goes to pytest"
	@echo "make lint    ruff, mypy and the contracts between modules"
	@echo "make format  let ruff rewrite the code as make lint wants it"
	@echo "make bench   benchmarks against other software           ARGS='--quick' goes to them"
	@echo "make fuzz    hostile input for every reader, importer, form and address, counted"
	@echo "             ARGS='--quick' in some minutes   ARGS='--only NAME --runs N' for some"
	@echo "make lock    resolve the dependencies again              UPGRADE=1 takes newer versions"
	@echo "make release build what is installed elsewhere: wheel, lock, inventory, licences (dist/)"
	@echo "make clean   remove all that the above wrote, .venv included"
	@echo "PYTHON=python3.12 chooses the Python (3.11 or newer) that makes .venv"

demo: demo/.diagnosed
	@$(BIN)/labo show demo/release
	@echo "The release is the folder $(CURDIR)/demo/release"
ifneq ($(SERVE),0)
	@$(MAKE) --no-print-directory site
	@echo "Read it at http://127.0.0.1:$(PORT)/ (Ctrl-C ends it)"
	@$(SITE) $(BIN)/granian $(GRANIAN) --workers 1
endif

# The site of the demonstration: in debug, and what it writes is in demo/site.
SITE := LABO_DEBUG=1 LABO_DATA=demo/site DATABASE_URL= LABO_SECRET_KEY=
GRANIAN := --interface wsgi --host 127.0.0.1 --port $(PORT) --blocking-threads 4 \
	--backpressure 2000 --log-level warning labo_web.wsgi:application

site: demo/.diagnosed demo/.neighbours $(VENDOR)
	@mkdir -p demo/site
	@$(SITE) $(BIN)/labo-web migrate --verbosity 0
	@$(SITE) $(BIN)/labo-web prepare_demo demo/release demo/release-[2-5]*
	@$(SITE) $(BIN)/labo-web import_streets 999000001 demo/mirror/troncon_de_route.gpkg \
		demo/mirror/batiment.gpkg --credit "Ville-Témoin (rues et bâtiments inventés)" >/dev/null
	@$(SITE) $(BIN)/labo-web demo_resources
	@$(SITE) $(BIN)/labo-web demo_workshops
	@$(SITE) $(BIN)/labo-web demo_roadmaps
	@$(SITE) $(BIN)/labo-web demo_stories
	@$(SITE) $(BIN)/labo-web demo_programme
	@$(SITE) $(BIN)/labo-web demo_meeting

serve: $(VENDOR)
	@$(BIN)/labo-web migrate --verbosity 0
	@$(BIN)/labo-web collectstatic --noinput --verbosity 0
	$(BIN)/granian $(GRANIAN) --workers 2

# Of the installation that the environment names, as for make serve.
backup: FILE ?= backups/labo-$(shell date -u +%Y-%m-%d-%H%M%S).zip
backup: $(RUNTIME)
	@mkdir -p -m 700 $(dir $(FILE))
	@$(BIN)/labo-web backup $(FILE)

restore: $(RUNTIME)
	@test -n "$(FILE)" || { echo "Dites quelle sauvegarde : make restore FILE=backups/….zip" >&2; exit 1; }
	@$(BIN)/labo-web restore $(FILE) $(ARGS)

screenshots: $(DEV) site
	$(BIN)/python -m tests.browser.screenshots demo/site demo/screenshots

test: $(DEV) $(VENDOR)
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports --no-logo
	$(BIN)/bandit --quiet -ll --recursive labo labo_web 2>/dev/null
	$(BIN)/djlint --quiet --lint labo_web/templates
	LABO_DEBUG=1 LABO_DATA=$(VENV) $(BIN)/labo-web makemigrations --check --dry-run --verbosity 1

format: $(DEV)
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(DEV) $(VENDOR)
	$(BIN)/python -m bench $(ARGS)

fuzz: $(DEV)
	$(BIN)/python -m fuzz $(ARGS)

LOCK := $(UV_PIP) compile pyproject.toml --quiet --python $(BIN)/python $(if $(UPGRADE),--upgrade) \
	--group build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

lock: $(BIN)/uv
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev --extra bench --extra cluster -c requirements.lock -o requirements-dev.lock
	@! grep -n '://' requirements.lock requirements-dev.lock \
		|| { echo "The locks must name no host: see the lines above." >&2; exit 1; }

# What a server installs (docs/exploitation.md). The inventory is that of a clean environment which
# holds it and nothing else.
TRIAL := dist/trial
release: $(DEV) $(VENDOR)
	@rm -rf build dist && mkdir -p dist
	@$(BIN)/uv build --quiet --wheel --no-build-isolation --offline --python $(BIN)/python --out-dir dist
	@cp requirements.lock dist/
	@$(BIN)/uv venv --quiet --python $(BIN)/python $(TRIAL)
	@$(UV_PIP) sync --quiet --python $(TRIAL)/bin/python --require-hashes --no-build requirements.lock
	@$(UV_PIP) install --quiet --python $(TRIAL)/bin/python --no-deps --offline dist/*.whl
	@$(TRIAL)/bin/labo --version
	@LABO_DEBUG=1 LABO_DATA=$(TRIAL) $(TRIAL)/bin/labo-web check
	@$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		-o dist/sbom-python.cdx.json $(TRIAL)/bin/python
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm sbom --sbom-format cyclonedx --omit dev --silent \
		> dist/sbom-browser.cdx.json
	@$(BIN)/python -m labo_web.licences dist/sbom-*.json > dist/licences.csv
	@rm -rf build $(TRIAL)
	@cd dist && sha256sum * > SHA256SUMS && cat SHA256SUMS

clean:
	rm -rf $(VENV) node_modules labo_web/static/vendor demo build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Written again only when the code or the installation changed.
demo/.mirrored: $(CODE) $(RUNTIME)
	@rm -rf demo && mkdir demo
	$(BIN)/labo demo demo/mirror --residents 210000
	@touch $@

demo/.diagnosed: demo/.mirrored
	@rm -rf demo/release
	$(BIN)/labo diagnose ville-temoin --mirror demo/mirror --out demo/release
	@touch $@

# The first town is large enough for ten neighbourhoods, which are ranked from eight on. Beside it,
# three smaller ones of other forms, one with a single neighbourhood, one in two generations of QPV.
NEIGHBOURS := 2 4 5
DIAGNOSE = $(BIN)/labo diagnose ville-temoin-$$n --mirror demo/mirrors

demo/.neighbours: demo/.mirrored
	@rm -rf demo/mirrors demo/release-[2-5]*
	@echo "Then four other territories for the website: some minutes, most of them silent."
	$(BIN)/labo demo demo/mirrors --residents 25000 --territories 5 >/dev/null
	@for n in $(NEIGHBOURS); do echo "$(BIN)/labo diagnose ville-temoin-$$n"; \
		$(DIAGNOSE) --out demo/release-$$n \
		>/dev/null 2>demo/diagnose.log || { cat demo/diagnose.log >&2; exit 1; }; done
	@n=2; echo "$(BIN)/labo diagnose ville-temoin-$$n --generation 2015"; \
		$(DIAGNOSE) --generation 2015 --out demo/release-$$n-2015 \
		>/dev/null 2>demo/diagnose.log || { cat demo/diagnose.log >&2; exit 1; }
	@touch $@

# Browser libraries: what package-lock.json says, with the node of the locked Python package.
$(VENDOR): package-lock.json package.json labo_web/vendor.py $(RUNTIME)
	@echo "Installing from $<" >&2
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --silent
	@$(BIN)/python -m labo_web.vendor
	@touch $@

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/uv
	@echo "Installing from $<" >&2
	$(call install,$(if $(wildcard $(DEV)),requirements-dev.lock,$<))
	@touch $@ $(wildcard $(DEV))

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
