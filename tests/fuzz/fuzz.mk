# SPDX-License-Identifier: MulanPSL-2.0
# Fuzzing (docs/fuzzing.md): `make fuzz TARGET=trace SECONDS=600` with clang's libFuzzer; `make fuzz-corpus`
# gives the stored inputs to the same targets with the compiler and the sanitizers of MODE=san.
FUZZ_TARGETS  = trace import image stimulus l1stimulus probes config study command replay snapshot cosim_stimulus
FUZZ_PYTHON   = ports
TARGET       ?= $(FUZZ_TARGETS) $(FUZZ_PYTHON)
CLANG        ?= $(or $(shell command -v clang),$(shell command -v clang-14),clang)
FUZZ_B        = $(BUILD)/fuzz
FUZZ_OBJ      = $(B)/tests/fuzz/fuzz.o $(B)/tests/fuzz/machines.o
FUZZ_CXX_OBJ  = $(B)/cosim/stimulus.o $(B)/cosim/lines.o
FUZZ_CXXFLAGS = -std=c++17 -I. -Wall -Wno-enum-compare $(OPT_$(MODE)) -MMD -MP $(CXXFLAGS)
FUZZ_MAIN     = $(if $(filter fuzz,$(MODE)),,$(B)/tests/fuzz/main.o)
FUZZ_LD       = $(OPT_$(MODE)) $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer) $(LDFLAGS)

# The library in cmd/: everything but main(), which the target `command` calls as l2tlb_main().
$(B)/fuzz_libcmd.a: $(filter-out $(B)/cmd/main.o,$(CMDOBJ)) $(B)/tests/fuzz/main_of_cmd.o
	$Qrm -f $@ && $(AR) rcsD $@ $^
$(B)/tests/fuzz/main_of_cmd.o: cmd/main.c $(B)/.flags
	@mkdir -p $(@D)
	$Q$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes -Dmain=l2tlb_main -c $< -o $@
$(B)/tests/fuzz/%.o: tests/fuzz/%.cc $(B)/.flags
	@mkdir -p $(@D)
	$Q$(if $(filter fuzz,$(MODE)),$(subst clang,clang++,$(CLANG)),$(CXX)) $(FUZZ_CXXFLAGS) -c $< -o $@
$(B)/cosim/%.o: cosim/%.cc $(B)/.flags
	@mkdir -p $(@D)
	$Q$(if $(filter fuzz,$(MODE)),$(subst clang,clang++,$(CLANG)),$(CXX)) $(FUZZ_CXXFLAGS) -c $< -o $@
$(B)/fuzz_cosim_stimulus: $(B)/tests/fuzz/cosim_stimulus.o $(FUZZ_CXX_OBJ) $(FUZZ_OBJ) $(FUZZ_MAIN) $(B)/libl2tlb.a
	@echo "  LD      $@"
	$Q$(if $(filter fuzz,$(MODE)),$(subst clang,clang++,$(CLANG)),$(CXX)) $(filter %.o,$^) $(B)/libl2tlb.a $(FUZZ_LD) $(LDLIBS) -o $@
$(B)/fuzz_%: $(B)/tests/fuzz/%.o $(FUZZ_OBJ) $(FUZZ_MAIN) $(B)/fuzz_libcmd.a $(B)/libl2tlb.a
	@echo "  LD      $@"
	$Q$(CC) $(filter %.o,$^) $(B)/fuzz_libcmd.a $(B)/libl2tlb.a $(FUZZ_LD) $(LDLIBS) -o $@
.SECONDARY: $(FUZZ_TARGETS:%=$(B)/tests/fuzz/%.o)
-include $(wildcard $(B)/tests/fuzz/*.d)

fuzz: ## libFuzzer: TARGET= SECONDS= (docs/fuzzing.md)
	@scripts/setup.sh fuzz
	$Q$(MAKE) --no-print-directory $(JOBS) MODE=fuzz CC=$(CLANG) B=$(FUZZ_B) BUILD=$(BUILD) \
	    $(patsubst %,$(FUZZ_B)/fuzz_%,$(filter $(FUZZ_TARGETS),$(TARGET)))
	$Qtests/fuzz/run.sh $(BUILD) $(SECONDS) $(TARGET)
fuzz-corpus: ## the stored inputs of the fuzzers under the sanitizers
	$Q$(MAKE) --no-print-directory $(JOBS) MODE=san B=$(BUILD)/san BUILD=$(BUILD) $(FUZZ_TARGETS:%=$(BUILD)/san/fuzz_%) $(BUILD)/san/fuzz_planted
	$Qtests/fuzz/corpus.sh $(BUILD)/san $(FUZZ_TARGETS) $(FUZZ_PYTHON)
.PHONY: fuzz fuzz-corpus
