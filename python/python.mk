# SPDX-License-Identifier: MulanPSL-2.0
# The Python package. Included by the main Makefile.
.PHONY: python python-test python-bench

python: ## the Python package below build/python (PYTHONPATH=build/python)
	$Qpython=$$(scripts/python.sh) && "$$python" -W ignore setup.py -q build --build-base $(BUILD)/python-build --build-lib $(BUILD)/python
python-test: all ## wheel and sdist of the Python package, installed into a fresh environment, and its tests
	$Qtests/python.sh
# What Python costs, against C in the same run. Not a failure where there is no Python for it.
python-bench: lib
	$Qif scripts/python.sh > /dev/null; then $(MAKE) -s python && scripts/python_bench.sh $(BUILD); \
	    else echo "python-bench: skipped"; fi
