.DEFAULT_GOAL := help
.PHONY: help sync lock format lint types imports templates locked unit build deploy check test e2e-more hostile integration undocumented e2e faults mutants bench simulate site reference release workflows up env down reset provider sam-local

UV := .tools/uv/bin/uv
RUN := $(UV) run --frozen
RUN_LOCAL := $(RUN) --no-default-groups --group local
TOOLS := local/tools/awscli.txt local/tools/ministack.txt local/tools/sam.txt local/tools/clients.txt local/tools/mcp.txt local/tools/site.txt local/tools/mutants.txt local/tools/release.txt local/tools/workflows.txt local/tools/pipx.txt local/tools/terraform.txt bench/tools/python.txt
UNDOCUMENTED_TESTS := $(addprefix tests/integration/test_,undocumented.py cli.py gate_matrix.py token_endpoint.py id_tokens.py)
export PYTHONPATH := layers/common
unexport PYTHONDONTWRITEBYTECODE  # compiling every import anew doubles the time of the tests

help:          ## Show this list
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)/\1\t\2/p' Makefile | expand -t 16

$(UV):
	python3 -m venv .tools/uv
	.tools/uv/bin/pip install --quiet uv==0.13.9

sync: $(UV)    ## Install exactly what uv.lock says
	$(UV) sync --frozen

lock: $(UV)    ## Resolve again, and write the layer's and the tools' hashed requirements
	$(UV) lock
	$(UV) export -q --frozen --no-dev --no-emit-project -o layers/common/requirements.txt
	$(UV) export -q --frozen --only-group publish --no-emit-workspace -o functions/publisher/requirements.txt
	$(UV) export -q --frozen --only-group store --no-emit-workspace -o functions/store/requirements.txt
	$(UV) export -q --frozen --only-group events --no-emit-workspace -o functions/events/requirements.txt
	for file in $(TOOLS); do \
	  $(UV) pip compile -q --no-config --universal --python-version 3.13 --generate-hashes --no-header -o $$file $${file%.txt}.in; \
	done

format: $(UV)  ## Rewrite the code
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

lint: $(UV)    ## Style, bugs, security
	$(RUN) ruff format --check .
	$(RUN) ruff check .

types: $(UV)   ## Types, strict
	$(RUN) pyright

imports: $(UV) ## The rules about imports
	$(RUN) lint-imports --no-logo

templates: $(UV)  ## cfn-lint over every template, as written and with every parameter resolved, for all regions
	$(RUN) python -m local.lint

unit: $(UV)    ## Unit tests; at most 45 seconds
	$(RUN) pytest --numprocesses=logical --dist=loadfile

build: $(UV)   ## Package for AWS
	$(RUN_LOCAL) python -m local.build

deploy: $(UV)  ## Build, deploy to AWS and run gatehouse doctor (ARGS="--guided", as of sam deploy)
	$(RUN_LOCAL) python -m local.deploy $(ARGS)

locked: $(UV)  ## Compare the generated requirements with the lock file
	$(UV) lock --check
	$(UV) export -q --frozen --no-dev --no-emit-project | diff -I '^#' - layers/common/requirements.txt
	$(UV) export -q --frozen --only-group publish --no-emit-workspace | diff -I '^#' - functions/publisher/requirements.txt
	$(UV) export -q --frozen --only-group store --no-emit-workspace | diff -I '^#' - functions/store/requirements.txt
	$(UV) export -q --frozen --only-group events --no-emit-workspace | diff -I '^#' - functions/events/requirements.txt

check: locked lint types imports templates workflows unit  ## Everything a commit must pass

# Unit tests run once: while the stack comes up, unless the same call of make runs them anyway.
UNIT_RUNS := $(filter check unit,$(MAKECMDGOALS))
test: $(UV) sync $(if $(UNIT_RUNS),unit)  ## Unit tests, then integration and e2e on a stack of its own
	$(RUN) python -m local.testing $(if $(UNIT_RUNS),,--unit) tests/integration tests/e2e

e2e-more: $(UV) ## The tests that do not fit into `make test`, on a stack of their own
	$(RUN) python -m local.testing --more --unit -p tests.clients.page --write-clients-page tests/integration tests/e2e tests/clients
	$(MAKE) undocumented

hostile: $(UV)  ## The fuzzer over every handler, with 1,000 random examples of each input; Schemathesis over every description
	HOSTILE_EXAMPLES=1000 $(RUN) pytest --numprocesses=logical -k hostile tests/unit tests/faults
	HOSTILE_EXAMPLES=1000 $(RUN) python -m local.testing tests/e2e/test_openapi.py tests/e2e/test_store_openapi.py

integration: $(UV)  ## The integration tests, on a stack of their own
	$(RUN) python -m local.testing tests/integration

undocumented: $(UV)  ## The deployed tests of what AWS does not document, with the emulator's other answers
	UNDOCUMENTED=challenge=kept,unauthorized=401,too-large=413 $(RUN) python -m local.testing $(UNDOCUMENTED_TESTS)

e2e: $(UV)     ## Real clients, on a stack of their own
	$(RUN) python -m local.testing tests/e2e

faults: $(UV)  ## Fail every call of every flow in every way, and let two parties meet at every change
	$(RUN) pytest tests/faults --every-fault --numprocesses=logical
	$(RUN) pytest tests/unit -m "sampled or hypothesis" --every-fault --numprocesses=logical

mutants: $(UV)  ## Change the rules of the domain one by one, and count the changes that its own tests notice
	$(RUN) --with-requirements local/tools/mutants.txt python -m local.mutants $(ARGS)

bench: $(UV)   ## Measure speed, size and cost beside the peers, and write the pages (ARGS="--help")
	$(RUN) python -m bench $(ARGS)

simulate: $(UV)  ## Key heat under skewed load, up to 100,000 requests per second (docs/scale.md)
	$(RUN) python -m bench.simulate

workflows: $(UV) ## The workflows and forms of .github, by actionlint and their schemas
	$(RUN) python -m local.lint.workflows

release: $(UV) ## Build what a release publishes, into .release (ARGS=--twice builds twice and compares)
	$(RUN_LOCAL) python -m local.release $(ARGS)

reference: $(UV)  ## Write the generated reference pages of docs/reference
	$(RUN) python -m local.reference

site: $(UV)    ## Build the documentation site and serve it on this machine (ARGS=--build builds only)
	$(RUN_LOCAL) python -m local.site $(ARGS)

up: $(UV)      ## Run all of Gatehouse on this machine (PORT_OFFSET=100 moves every port)
	$(RUN_LOCAL) python -m local.up

env: $(UV)     ## Set up this shell for it: eval "$(make env)"
	@$(RUN_LOCAL) python -m local.shell_environment

down: $(UV)    ## Stop it and keep its data
	$(RUN_LOCAL) python -m local.down

reset: $(UV)   ## Stop it and delete its data
	$(RUN_LOCAL) python -m local.reset

provider: $(UV)  ## Run an OpenID provider that is not ours, from npm, to sign in at (docs/identity-providers.md)
	$(RUN_LOCAL) python -m local.identity_provider $(ARGS)

sam-local: $(UV)  ## Run the functions in containers, by `sam local`, on the tables of `make up`
	$(RUN_LOCAL) python -m local.sam_local
