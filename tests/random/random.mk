# SPDX-License-Identifier: MulanPSL-2.0
# Random self-consistency runs. `make random SEED=1 SECONDS=600`; the seed is printed. Test builds
# (MODE=paranoid, MODE=san) have the self-checks of the model on as well.
SEED    ?= $(shell date +%s)
SECONDS ?= 60
RANDOM_LIBOBJ = $(patsubst %,$(B)/tests/random/%.o,stimgen stimgen_world stimgen_changes \
                stimgen_events stimgen_reach reach runcheck runinvariants runshrink)
RANDOM_OBJ    = $(B)/tests/random/random_main.o
RANDOM_RUN    = $(B)/random --seed $(SEED) --seconds $(SECONDS) --out $(BUILD)

$(B)/random: $(RANDOM_OBJ) $(RANDOM_LIBOBJ) $(B)/libl2tlb.a
	@echo "  LD      $@"
	$Q$(CC) $(ALL_LDFLAGS) $(RANDOM_OBJ) $(RANDOM_LIBOBJ) $(B)/libl2tlb.a $(LDLIBS) -o $@
# The unit tests link the generator and the checkers too.
TESTOBJ += $(RANDOM_LIBOBJ)
$(B)/unit: $(RANDOM_LIBOBJ)
-include $(RANDOM_OBJ:.o=.d) $(RANDOM_LIBOBJ:.o=.d)

random: $(B)/random ## random runs, SEED= SECONDS= (errata fixed, then as in the RTL)
	$(RANDOM_RUN) --set errata=fixed
	$(RANDOM_RUN)
random-long: $(B)/random ## 10,000 seeds of each: sizes, revisions, errata fixed and as in the RTL
	$(B)/random --seed $(SEED) --runs 10000 --out $(BUILD) --set errata=fixed
	$(B)/random --seed $(SEED) --runs 10000 --out $(BUILD) --set errata=fixed --preset default
	$(B)/random --seed $(SEED) --runs 10000 --out $(BUILD)
	$(B)/random --seed $(SEED) --runs 10000 --out $(BUILD) --preset default
	$(B)/random --seed $(SEED) --runs 10000 --out $(BUILD) --set errata=fixed --bitmap --preset minimal-bitmap
	$(B)/random --seed $(SEED) --runs 10000 --out $(BUILD) --set errata=fixed --bitmap --preset cvm \
	  --set revision=2026-03 --virt --wfi
	$(B)/random --seed $(SEED) --runs 10000 --out $(BUILD) --set errata=fixed --virt --wfi \
	  --set revision=2026-03
.PHONY: random random-long
