# The commands of Attest. They need Python 3.11 or newer, git and a package index; `make` alone lists them.

SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
IN := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test check bench requirements lock assets

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

setup: ## install everything that development needs into .venv
	@$(PYTHON) -m scripts.setup dev

demo: ## start the demo company on this machine; PORT= and VAR= override
	@$(PYTHON) -m scripts.setup demo
	@exec $(IN) -m lms.local.demo

demo-reset: ## throw the data of the demo away
	@exec $(PYTHON) -m scripts.reset_demo

test: setup ## run the whole test suite, browser journeys included; ARGS= goes to pytest
	@exec $(IN) -m scripts.test $(ARGS)

check: setup ## lint, types, walls between the rooms, migrations, deployment, templates, dependencies
	@exec $(IN) -m scripts.check

bench: setup ## measure the speed; ONLY=pages or ONLY=engine measures one group
	@exec $(IN) -m lms.bench

requirements: setup ## list the product's requirements with the tests that prove them
	@exec $(IN) -m scripts.requirements

lock: setup ## resolve the dependencies anew into requirements/*.txt
	@exec $(IN) -m scripts.lock

assets: setup ## copy the vendored scripts and styles out of their packages
	@exec $(IN) scripts/vendor_assets.py
