# Short names for `python -m tools.make`, which says what each target does (make help), and needs no make.
#
# Needs Python 3.11 to 3.13. Another interpreter: make book PYTHON=python3.12. Fewer processes: make test JOBS=1.
# A machine without a browser can do all the rest: make test-browser OPTIONAL=--optional

PYTHON ?= python3
TARGETS := help environment book test lint types unit notebooks pdf serve test-browser clean distclean

.PHONY: $(TARGETS)
.NOTPARALLEL:

$(TARGETS):
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "error: no '$(PYTHON)' found; install Python 3.11 to 3.13, or name one: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -m tools.make $@ $(OPTIONAL)
