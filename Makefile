# make demo    see it work on this machine: sample mails in, letters out
# make test    the tests (ARGS="-k village" passes on to pytest)
# make check   format, lint, types, import contracts, the systemd unit
# make crash   kill the daemon at every effect it has, and count (CRASH="receipts sigterm", EVERY=10; needs Dovecot)
# make crash-syscalls, crash-planted   the same by system call (needs strace); and whether it catches planted bugs
# make fuzz    damaged input for every parser, a minute each (FUZZ=20 SEED=1 PARSER="address mime.tree" for less)
# make soak    an hour of mail with a fault every half minute (SOAK=600 EVERY=10 for ten minutes; needs Dovecot)
# make wheel   dist/mailrouter-*.whl, to install elsewhere
# make lock    the lock files anew from pyproject.toml (needs uv)
# make clean   remove .venv and caches
#
# Each sets up all it needs in .venv/: Python 3.11 or newer with venv (Debian: python3-venv) is enough.

.DEFAULT_GOAL := demo
.PHONY: demo test check crash crash-syscalls crash-planted fuzz soak wheel lock clean

BIN := .venv/bin
READY := .venv/.ready
UNIT := systemd/mailrouter.service

demo: $(READY)
	@$(BIN)/mailrouter demo $(ARGS)

# Without bytecode each worker of pytest would compile all tests anew, whatever the environment thinks of bytecode.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(READY)
	@$(BIN)/pytest --numprocesses=6 --dist=worksteal $(ARGS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v systemd-analyze >/dev/null; then $(MAKE) --no-print-directory check-unit; \
	else echo "systemd-analyze is not on this machine: $(UNIT) was not checked"; fi

# The threshold is in tenths: 15 is an exposure of 1.5. `verify` only warns about what it does not understand, and
# complains that the program is not installed here, so what counts are its complaints about a line of the unit.
.PHONY: check-unit
check-unit:
	@verdict=$$(systemd-analyze security --offline=true --threshold=15 $(UNIT)) || { echo "$$verdict"; exit 1; }; \
	echo "$$verdict" | tail -n 1
	@complaints=$$(systemd-analyze verify $(UNIT) 2>&1 | grep -E 'mailrouter\.service:[0-9]+:|Unknown (key|section)'); \
	if [ -n "$$complaints" ]; then echo "$$complaints"; exit 1; fi

CRASHING := CRASH="$(CRASH)" EVERY="$(EVERY)" SEED="$(SEED)" PLANT="$(PLANT)" $(BIN)/python -m tests.crash

crash: $(READY)
	@$(CRASHING)

crash-syscalls: $(READY)
	@$(CRASHING) syscalls

crash-planted: $(READY)
	@$(CRASHING) planted

# Atheris follows coverage; it has wheels for some Pythons only, and the fuzzing does without it where it must.
fuzz: $(READY)
	@$(PIP) --require-hashes --only-binary :all: --no-deps -r requirements-fuzz.txt 2>/dev/null \
		|| echo "No wheel of atheris for this Python: hypothesis alone"
	@FUZZ="$(FUZZ)" SEED="$(SEED)" PARSER="$(PARSER)" $(BIN)/python -m tests.fuzz

soak: $(READY)
	@SOAK="$(SOAK)" EVERY="$(EVERY)" SEED="$(SEED)" $(BIN)/python -m tests.soak

wheel: $(READY)
	@$(BIN)/python -m build --wheel --no-isolation

LOCK := uv pip compile --generate-hashes --no-header --universal --quiet

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv (https://docs.astral.sh/uv/)"; exit 1; }
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --group dev -o requirements-dev.txt
	$(LOCK) --group fuzz -o requirements-fuzz.txt
	$(LOCK) --group axe --no-deps -o requirements-axe.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

# Only locked packages, each with its hash; our own build needs nothing but those (--no-build-isolation).
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install

$(READY): requirements-dev.txt requirements-axe.txt pyproject.toml Makefile
	@rm -f $@
	@{ $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' && \
		{ $(BIN)/python -m pip --version || $(BIN)/python -m ensurepip; }; } >/dev/null 2>&1 \
		|| $(MAKE) --no-print-directory venv
	@echo "Installing the locked packages in .venv/ (once, about a minute)"
	@$(PIP) --require-hashes --only-binary :all: -r requirements-dev.txt
	@$(PIP) --require-hashes --only-binary :all: --no-deps -r requirements-axe.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# The first Python that really runs, is new enough and can make a virtual environment.
.PHONY: venv
venv:
	@for python in python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec $$python -m venv --clear .venv; \
		fi; \
	done; \
	echo "No Python 3.11 or newer that can make a virtual environment (Debian: apt install python3-venv)"; exit 1
