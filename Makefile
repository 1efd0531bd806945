# One command each; docs/training.md and CONTRIBUTING.md spell out the commands behind them.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
PYTEST := pytest -n 2 --dist loadfile --no-loadscope-reorder -rs
PIP := $(BIN)/pip install --quiet

.PHONY: help run restore check-lock summary test test-all lint format ui plots bench lock clean

help:                        ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /\1:\t/p' Makefile | expand -t 14

run: .venv/installed .venv/vega.js   ## the whole pipeline
	dvc repro
	python -m tools.differences

restore: .venv/installed     ## put what DVC's cache has of dvc.lock into the folder: `make run` runs the rest
	dvc checkout --allow-missing

# DVC names a stage that it would run, or fails at it where it wants the stage's data. tools.stale says why it would run.
check-lock: .venv/installed  ## whether dvc.lock and results/ are of this code and these settings; needs no data
	@if ! dvc repro --allow-missing --dry > .repro.tmp 2>&1 || grep -q '^Running stage' .repro.tmp; then \
	  python -m tools.stale >&2 || cat .repro.tmp >&2; exit 1; fi

summary: .venv/installed     ## the sample's figures beside those of another branch: make summary BASE=main
	python -m tools.summary $(or $(BASE),main)

test: lint                   ## the linters and the fast tests
	$(PYTEST) -m "not slow"

test-all: lint               ## the linters and all tests: also of whole pipelines, of several processes, of killed runs
	$(PYTEST)

# mypy last, as it takes longest; what it checks, and how strictly, is in pyproject.toml.
lint: .venv/installed-dev    ## what the linter, the formatter and the type checker would change
	ruff check .
	ruff format --check .
	mypy

ui: .venv/installed          ## MLflow's pages on http://127.0.0.1:5000
	@case "$$MLFLOW_TRACKING_URI" in http*) echo "the runs are at $$MLFLOW_TRACKING_URI"; exit 1;; esac
	MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false mlflow ui --workers 1 --host 127.0.0.1 --port $(or $(PORT),5000) \
	  --backend-store-uri $(or $(MLFLOW_TRACKING_URI),sqlite:///mlflow.db)

plots: .venv/vega.js         ## DVC's page of curves
	dvc plots show --open

bench: .venv/installed       ## how fast: benchmarks/table.md; beside PyTorch after pip install -r requirements-bench.txt
	python -m benchmarks

format: .venv/installed-dev  ## correct what the linter and the formatter can correct
	ruff check --fix .
	ruff format .

# --no-deps: the lock is complete, and its hashes are of every package in it. The command srgan is of this folder.
.venv/installed: requirements.lock
	@echo "3 GB of packages are put into .venv; that takes some minutes"
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes --no-deps -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

# What DVC's page of curves is drawn with (.dvc/plots/page.html), out of an installed package: no network is needed then.
.venv/vega.js: .venv/installed
	$(BIN)/python -X utf8 -c "import vl_convert; print(vl_convert.javascript_bundle(vl_version='6.4'))" > $@.tmp
	mv $@.tmp $@

.venv/installed-dev: requirements-dev.lock
	@echo "4 GB of packages are put into .venv; that takes some minutes"
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes --no-deps -r requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@ .venv/installed

lock: .venv/installed        ## solve requirements*.txt anew
	$(PIP) uv
	for name in requirements requirements-dev requirements-gpu; do \
	  $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --quiet --upgrade \
	    --custom-compile-command "make lock" $$name.txt -o $$name.lock || exit 1; done

clean:                       ## delete what can be made again; keeps .venv, results and MLflow's store
	rm -rf data/raw data/patches data/sr models .scratch
