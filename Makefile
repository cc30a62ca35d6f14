# Every target does its own set-up in .venv; PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000

.PHONY: demo test test-long test-wordpress wordpress-plugin lint audit assets bench lock clean

demo: .venv/demo.stamp
	$(BIN)/realpad-form demo --port $(PORT)

test: .venv/dev.stamp .ci/node_modules/stamp
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)
	node --test tests/js/*.test.mjs

test-long: .venv/dev.stamp
	$(BIN)/pytest -m long --timeout 0 $(PYTEST_ARGS)
	JOURNAL=delete $(BIN)/pytest -n 2 tests/adapters/sql tests/services --ignore tests/adapters/sql/test_sql_sqlite.py $(PYTEST_ARGS)

# The plugin on Debian's WordPress with its own database and web server, all in a temporary folder. It needs
# apt-get install wordpress php-fpm php-mysql mariadb-server nginx-light chromium
test-wordpress: .venv/dev.stamp
	$(BIN)/pytest -m wordpress tests/wordpress $(PYTEST_ARGS)

# dist/lead-form-embed-for-realpad.zip, as WordPress installs it: the same bytes every time.
wordpress-plugin: .venv/demo.stamp
	$(BIN)/python .ci/wordpress_plugin.py dist

# What browsers get, static/built/, is minified from static/form/ and embed.js.
assets: .ci/node_modules/stamp
	node .ci/build.mjs

lint: .venv/dev.stamp .ci/node_modules/stamp
	node .ci/build.mjs --check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/shape.py

# With AUDIT=required, an audit that could not be made fails, too: before a release, and weekly.
audit: .venv/dev.stamp
	bash .ci/audit

bench: .venv/dev.stamp
	$(BIN)/python benchmarks/submit.py
	$(BIN)/python benchmarks/intake.py
	$(BIN)/python benchmarks/page.py
	$(BIN)/python benchmarks/captcha.py
	$(BIN)/python benchmarks/usable.py
	$(BIN)/python benchmarks/drain.py
	$(BIN)/python benchmarks/claim.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/kills.py --leads 400 --kills 30
	$(BIN)/python benchmarks/slow.py
	$(BIN)/python benchmarks/slow_clients.py --seconds 20
	$(BIN)/python benchmarks/crashes.py --crashes 5

# Pins every dependency with hashes, and no addresses of indexes.
LOCK := pip-compile --quiet --generate-hashes --no-strip-extras --allow-unsafe --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options
lock: .venv/dev.stamp
	$(BIN)/$(LOCK) pyproject.toml .ci/build.in -o .ci/requirements.txt
	$(BIN)/$(LOCK) --all-extras pyproject.toml .ci/dev.in -o .ci/requirements-dev.txt
	$(BIN)/$(LOCK) --all-extras -c .ci/requirements-dev.txt pyproject.toml .ci/run.in -o .ci/requirements-run.txt
	npm install --prefix .ci --package-lock-only --omit-lockfile-registry-resolved

clean:
	rm -rf .venv .ci/node_modules build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/demo.stamp: .ci/requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .ci/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/dev.stamp: .ci/requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .ci/requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.ci/node_modules/stamp: .ci/package-lock.json
	npm ci --prefix .ci --ignore-scripts --no-audit --no-fund --silent
	touch $@
