# make book          builds the environment, runs every chapter, writes the HTML book
# make test          the same environment; style, types, unit tests, every notebook
# make pdf           prints the built book into _build/lfes.pdf; Chromium must be there
# make serve         opens the built book in a browser
# make test-browser  tries the built book, its model and its widgets in Chromium
# make clean         removes the built book and caches (make distclean: the environment too)
#
# Needs Python 3.11 or 3.12 and make. Another interpreter: make book PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check
JOBS ?= $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 1, 8))' 2>/dev/null || echo 1)

# Tests run side by side, one process a core: each process then computes on one thread.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1
export PYDEVD_DISABLE_FILE_VALIDATION := 1
# Threads sleep while they wait for each other, also where PyTorch is loaded before lfes_core says so.
export OMP_WAIT_POLICY := PASSIVE
export GOMP_SPINCOUNT := 600

.PHONY: help environment book test lint types unit notebooks pdf serve test-browser clean distclean

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

environment: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "error: no '$(PYTHON)' found; install Python 3.11 or 3.12, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' || { echo "error: Python 3.11 or 3.12 is needed, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1); name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "error: '$(PYTHON)' cannot make environments; install its venv module (Debian, Ubuntu: python3-venv)" >&2; exit 1; }
	@echo "Environment: $(VENV) with $$($(PYTHON) --version) (a few minutes, once)"
	@test ! -e $(VENV)/.installing || rm -rf $(VENV)  # where an interrupt has left half of it
	@mkdir -p $(VENV) && touch $(VENV)/.installing && rm -f $@
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --quiet --constraint constraints.txt setuptools
	@$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[book,test,tools]'
	@mv $(VENV)/.installing $@

book: $(STAMP)
	@$(RUN) -m tools.book.build

test: lint types unit notebooks
	@echo "All tests passed."

lint: $(STAMP)
	@echo "== style"
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

types: $(STAMP)
	@echo "== types"
	@$(RUN) -m mypy --strict lfes_core

unit: $(STAMP)
	@echo "== unit tests"
	@$(ONE_THREAD) $(RUN) -m pytest --quiet --numprocesses $(JOBS) --dist loadscope --faults _build/faults.json tests

# nbval runs each chapter and compares the cells tagged for it. `make book` writes what this run gave.
notebooks: $(STAMP)
	@echo "== notebooks"
	@$(RUN) -m tools.book.chapters --jobs $(JOBS)

pdf: $(STAMP)
	@$(RUN) -m tools.book.pdf

serve: $(STAMP)
	@$(RUN) -m tools.book.serve

# A machine without a browser can do all the rest: make test-browser OPTIONAL=--optional
test-browser: $(STAMP)
	@$(RUN) -m tools.book.try_browser $(OPTIONAL)

clean:
	rm -rf _build .mypy_cache .ruff_cache book/.ruff_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
