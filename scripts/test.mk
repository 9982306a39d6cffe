# SPDX-License-Identifier: MulanPSL-2.0
# Tests and checks. Included by the main Makefile.
.PHONY: test unit golden san coverage conformance mutate layers headers lint refs

test: ## everything: unit tests, recordings, command line, checks, sanitizers, co-simulation
	@scripts/test.sh
unit: $(B)/unit ## unit tests (MODE=san: with sanitizers)
	$Q$(B)/unit
golden: all ## replay every recording, all of them exact
	$QL2TLB=$(B)/l2tlb scripts/golden.sh
san: ## unit tests, with the copies of the recordings, under the sanitizers
	$Q$(MAKE) --no-print-directory MODE=san B=$(BUILD)/san $(BUILD)/san/unit
	$Q$(BUILD)/san/unit
coverage: ## line coverage of the machine (gcovr)
	$Qscripts/coverage.sh
conformance: $(B)/unit ## every test named in docs/conformance.md exists
	$Qscripts/conformance.py --unit $(B)/unit
mutate: ## one-line faults that the tests must notice (scripts/mutations.tsv)
	$Qscripts/mutate.py
layers: ## includes go downward only, and in no circle
	$Qscripts/layers.py && scripts/layers.py --self-test
refs: ## every citation of the specification resolves; what no code cites
	$Qscripts/refs.py --self-test
	$Qscripts/refs.py
headers: ## every header compiles alone
	$Qscripts/headers.sh "$(CC) $(CSTD) $(WARN) -Werror -I. -Iinclude"
lint: ## cppcheck, shellcheck, clang-tidy
	$Qscripts/lint.sh
