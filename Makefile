# Everything a person types. The first use of a target makes .venv from the locked dependencies.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run test check bench h5
# Images often forbid it; kept, compiled modules take half a second off each process that starts.
unexport PYTHONDONTWRITEBYTECODE

PYTHON := .venv/bin/python
# The interpreter that makes .venv: PYTHON3=… chooses another one.
PYTHON3 ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)

help: ## show this list
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

run: .venv/run.stamp ## start everything on http://127.0.0.1:8080 (PORT=…)
	@exec $(PYTHON) launch.py

test: check ## check, then all tests
	@$(PYTHON) -m tests.client.browser
	@$(PYTHON) -m pytest -n 3 --dist loadfile --no-loadscope-reorder --durations 15 --durations-min 2

check: .venv/dev.stamp ## style, types and import contracts
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports

h5: .venv/run.stamp ## build the phone's pages where their sources changed (make run does so itself)
	@$(PYTHON) -m kit.h5

bench: .venv/dev.stamp ## measure; the figures go to docs/performance.md
	@$(PYTHON) -m bench

.venv/run.stamp: requirements.lock
	@$(call install,requirements.lock)

.venv/dev.stamp: requirements-dev.lock
	@$(call install,requirements-dev.lock)
	@touch .venv/run.stamp # the locked run-time dependencies are a part of these

define install
	if [ -z "$(PYTHON3)" ]; then \
		echo "需要 Python 3.11 或更新版本（apt install python3 python3-venv），或用 PYTHON3=… 指定。" >&2; \
		echo "Python 3.11 or newer is needed; PYTHON3=… names one." >&2; exit 1; fi; \
	$(PYTHON) -m pip --version >/dev/null 2>&1 || $(PYTHON3) -m venv --clear .venv || { rm -rf .venv; \
		echo "无法建立虚拟环境：Debian/Ubuntu 请先 apt install python3-venv。" >&2; \
		echo "Cannot make a virtual environment: on Debian/Ubuntu, apt install python3-venv." >&2; exit 1; }; \
	echo "正在安装依赖（$(1)），首次约需一两分钟…… / installing dependencies"; \
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) || { \
		echo "依赖安装失败：请检查网络或 pip 镜像设置后重试。 / installing failed" >&2; exit 1; }; \
	touch $@
endef
