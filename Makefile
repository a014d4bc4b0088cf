# Everything a newcomer needs: `make demo`, `make test`. Python >= 3.11, make and git are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JUDGED := $(addprefix chaincode/tradelane/,rules model chaincode/state chaincode/contract)

.DEFAULT_GOAL := help
.PHONY: help install demo down test soak fuzz check format protos lock bench-shim bench-client bench-ebl bench-proof clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "TradeLane needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

install: $(STAMP)  ## install TradeLane and its tools into .venv

demo: $(STAMP)  ## set up a real network and run one title from issue to surrender
	@$(BIN)/python -m examples.story

down: $(STAMP)  ## stop and remove the demo network
	@$(BIN)/tradelane network down --purge

test: $(STAMP)  ## run all tests, those on a real network beside the others; ARGS="..." goes to pytest
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup $(ARGS)

soak: $(STAMP)  ## titles at random against a reference model, TIMES=20 times as many acts as in the tests
	@TRADELANE_STEPS=$(or $(TIMES),20) $(BIN)/python -m pytest -s tests/chaincode/contract/test_titles_at_random.py

fuzz: $(STAMP)  ## attack the shim with hostile peers; FUZZ_MINUTES=60
	@$(BIN)/python -m tests.chaincode.shim.hostile.fuzz

check: $(STAMP)  ## lint, types, import rules, generated code, determinism
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python protos/generate.py --check
	$(BIN)/python -m tradelane.rules.diagram --check
	$(BIN)/python -m tests.support.cells --check
	$(BIN)/python -m tradelane.chaincode.lint $(JUDGED)
	$(BIN)/python -m tradelane.chaincode.lint.docs --check

format: $(STAMP)  ## format the sources
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

protos: $(STAMP)  ## generate code from protos/, and the pages drawn from code
	$(BIN)/python protos/generate.py
	$(BIN)/python -m tradelane.rules.diagram
	$(BIN)/python -m tests.support.cells
	$(BIN)/python -m tradelane.chaincode.lint.docs

lock: $(STAMP)  ## pin the requirements anew, with hashes and without addresses
	$(BIN)/python -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --strip-extras --allow-unsafe --no-header --all-extras --output-file requirements.lock pyproject.toml

bench-shim: $(STAMP)  ## compare the chaincode shim with Go's and Node's; ARGS="--help" says how
	@$(BIN)/python -m bench.shim $(ARGS)

bench-client: $(STAMP)  ## compare the gateway client with Go's and Node's; ARGS="--help" says how
	@$(BIN)/python -m bench.client $(ARGS)

bench-ebl: $(STAMP)  ## measure titles: transfers, portfolios, long histories; ARGS="--help" says how
	@$(BIN)/python -m bench.ebl $(ARGS)

bench-proof: $(STAMP)  ## measure proofs: a title that changed hands often; ARGS="--help" says how
	@$(BIN)/python -m bench.proof $(ARGS)

clean:  ## remove the virtual environment and the tools' caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
