# Every task of the project. `make help` lists them.
.DEFAULT_GOAL := help
UV := uv run --quiet

.PHONY: help setup format check test gallery bench bench-full bench-ranking bench-plan bench-push faults cluster serve demo lock lock-current night

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: ## install everything into .venv
	uv sync --quiet

format: ## rewrite the code in its one form
	$(UV) ruff format .
	$(UV) ruff check --fix .

check: ## lint, types, import contracts, dependencies, the lock
	$(UV) ruff format --check .
	$(UV) ruff check .
	$(UV) mypy
	$(UV) lint-imports --no-cache
	$(UV) deptry .
	@$(MAKE) --no-print-directory lock-current

# What is locked stays locked while pyproject allows it, whatever has been released since.
COMPILE := uv pip compile --quiet --universal --all-extras --group dev --generate-hashes --no-header --no-emit-index-url

lock: ## export the hashed lock (uv.lock itself carries registry addresses and stays out)
	@$(COMPILE) pyproject.toml -o requirements.lock > /dev/null

lock-current: ## the committed lock is what pyproject asks for
	@cp requirements.lock .venv/requirements.lock
	@$(COMPILE) pyproject.toml -o .venv/requirements.lock > /dev/null
	@diff -q requirements.lock .venv/requirements.lock || (echo "requirements.lock is stale: make lock" && false)

test: ## the tests, a real PostgreSQL among their parts
	$(UV) pytest

gallery: ## what 120 hand-written people are recommended, for reading
	$(UV) python tests/support/gallery.py

bench: ## every goal beside its measure, in some minutes; writes docs/benchmarks.md and its plot
	$(UV) --group bench python -W ignore tests/benchmarks/run.py

bench-full: ## the same at full size, in half an hour or more
	$(UV) --group bench python -W ignore tests/benchmarks/run.py --full

night: ## the real files of ../shared/data, end to end, against a brute force
	$(UV) pytest tests/roads -m real -n 0 -v

bench-ranking: ## what the ranking costs a vacancy and a person; writes docs/benchmarks-ranking.md
	$(UV) python -W ignore tests/benchmarks/ranking_cost.py > .venv/ranking.md
	@mv .venv/ranking.md docs/benchmarks-ranking.md

bench-plan: ## what the plan costs and gives, beside simpler ways, printed
	cd tests/benchmarks && PYTHONPATH=../.. $(UV) python planner.py

bench-push: ## how fast vacancies are taken in over HTTP; writes docs/benchmarks-push.md
	PYTHONPATH=. $(UV) python tests/benchmarks/push.py

faults: ## kills and lossy networks; pytest -m faults takes the heavy ones too
	$(UV) pytest -m "faults and not real"

cluster: ## the night on a real Spark cluster of three processes; needs Java
	uv run --quiet --extra spark pytest -m cluster -n 0

demo: ## the sample market, one night
	$(UV) zhipei demo

serve: ## the HTTP service on the demo database
	ZHIPEI_DATABASE_URL=sqlite:///zhipei-demo.db $(UV) zhipei serve
