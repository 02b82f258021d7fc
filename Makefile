# make audit   audits the sample month into audit-output/
# make test    runs the tests; `make lint` and `make types` the other checks
# make bench   measures whole audits up to 100,000 rows; `make bench-large` up to 5,000,000, for hours
# make fuzz    feeds each text parser with what breaks it, FUZZ_SECONDS=60 each
# make axe     looks at the report in Chromium by the rules of axe-core, from npm
# make docs    builds the documentation into site/; `make docs-pages` writes what is made of the checks
# make lock    resolves the dependencies anew

BIN := .venv/bin
FUZZ_SECONDS := 60
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
# Says what installs Pango where it is missing; -P, for its folder has modules named as Python's.
PANGO := $(BIN)/python -P auditor/report/pdf.py
LOCKED := install --require-hashes --only-binary :all:
COMPILE := $(BIN)/uv pip compile --quiet --no-config --upgrade --universal --fork-strategy fewest \
	--python-version 3.11 --only-binary :all: --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock'

.PHONY: audit test fuzz axe lint types bench bench-large bench-keep docs docs-pages lock clean

# Status 3 is an audit without its PDF: said above by the program, and no failure of make.
audit: .venv/installed
	@$(BIN)/auditor run sample_data/*.xlsx --profile sample_data/hospital.toml --out audit-output --no-history; \
	status=$$?; \
	if [ $$status -eq 3 ]; then \
		echo 'Everything but the PDF is in audit-output/.'; \
		exit 0; \
	fi; \
	exit $$status

test: .venv/installed-dev
	$(BIN)/python -m pytest -q -n auto --dist loadgroup

# Says of each parser how often it ran and how it ended; what broke it stays in fuzz-found/.
fuzz: .venv/installed-fuzz
	$(BIN)/python -m tests.fuzz.run $(FUZZ_SECONDS)

axe: .venv/installed-dev
	npm ci --prefix tests/axe --ignore-scripts --silent
	$(BIN)/python -m pytest -q tests/test_report_axe.py

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-dev
	$(BIN)/mypy

# Times depend on the machine: figures to read.  What fails is the guard, which holds ratios.
bench: .venv/installed-bench
	$(BIN)/python -m benchmarks.coding
	$(BIN)/python -m benchmarks.workbook
	$(BIN)/python -m benchmarks.whole
	$(BIN)/python -m benchmarks.guard

bench-large: .venv/installed-bench .venv/installed-cluster
	$(BIN)/python -m benchmarks.whole 100000 500000 1000000 5000000
	$(BIN)/python -m benchmarks.skew
	$(BIN)/python -m benchmarks.cluster

# After a change that is meant to cost what it costs.
bench-keep: .venv/installed-bench
	$(BIN)/python -m benchmarks.guard --keep

# The site may link to other machines and must load nothing from them.
docs: .venv/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@! grep -rnoE '(src|srcset)="?(https?:)?//[^" >]*|<link[^>]*href="?(https?:)?//[^" >]*|url\("?https?:[^)]*' \
		site --include='*.html' --include='*.css'

docs-pages: .venv/installed-dev
	$(BIN)/python -m tests.check_pages

# One version of each package for every Python and system, and the same one in all seven files.
lock: .venv/installed-dev
	$(COMPILE) pyproject.toml --group dev --output-file requirements-dev.lock
	$(COMPILE) pyproject.toml --constraints requirements-dev.lock --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra cluster --constraints requirements-dev.lock --output-file requirements-cluster.lock
	$(COMPILE) --group build --constraints requirements-dev.lock --output-file requirements-build.lock
	$(COMPILE) --group docs --constraints requirements-dev.lock --output-file requirements-docs.lock
	$(COMPILE) --group bench --constraints requirements-dev.lock --output-file requirements-bench.lock
	$(COMPILE) --group fuzz --constraints requirements-dev.lock --output-file requirements-fuzz.lock

# audit-output/ stays: a workbook in it may hold an auditor's decisions.
clean:
	rm -rf .venv build dist site fuzz-found tests/axe/node_modules .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: pyproject.toml requirements.lock requirements-build.lock | $(BIN)/python
	@$(PANGO)
	$(PIP) $(LOCKED) -r requirements.lock -r requirements-build.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: pyproject.toml requirements-dev.lock | $(BIN)/python
	@$(PANGO)
	$(PIP) $(LOCKED) -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-bench: requirements-bench.lock .venv/installed
	$(PIP) $(LOCKED) -r requirements-bench.lock
	@touch $@

.venv/installed-cluster: requirements-cluster.lock .venv/installed
	$(PIP) $(LOCKED) -r requirements-cluster.lock
	@touch $@

.venv/installed-fuzz: requirements-fuzz.lock .venv/installed-dev
	$(PIP) $(LOCKED) -r requirements-fuzz.lock
	@touch $@

.venv/installed-docs: requirements-docs.lock | $(BIN)/python
	$(PIP) $(LOCKED) -r requirements-docs.lock
	@touch $@

# Each candidate is run, not just looked up: a version manager's stand-in may start nothing.
$(BIN)/python:
	@for python in python3 python3.13 python3.12 python3.11; do \
		if $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then exec $$python -m venv .venv; fi; \
	done; \
	echo 'Infusion Auditor needs Python 3.11 or newer, with venv (Debian: apt install python3-venv).' >&2; \
	exit 1
