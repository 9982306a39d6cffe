# SPDX-License-Identifier: MulanPSL-2.0
# Verilated RTL: lint, recordings, lock step with the C model. Included by the main Makefile.
VERILATOR   ?= verilator
CXX         ?= g++
COSIM_B      = $(BUILD)/cosim
RTL_SRC      = $(shell cat rtl/files.f)
OWN_B        = $(COSIM_B)/own
RTL_DEPS     = $(RTL_SRC) rtl/files.f $(wildcard rtl/*.svh) rtl/waivers.vlt cosim/own_top.sv cosim/l2tlb_wires.svh \
               $(OWN_B)/ports.inc
VINCLUDE     = -Irtl -Icosim -I$(OWN_B)
VFLAGS       = -O3 --assert --x-initial 0 --x-assign fast $(VINCLUDE) -Wall
VLINT        = rtl/waivers.vlt -f rtl/files.f cosim/own_top.sv --top-module own_top
VCXX         = -std=c++17 -O2 -g -I. -Wall -Wno-enum-compare $(CXXFLAGS)
VOPT         = OPT_FAST="-Os" OPT_SLOW="-O0" OPT_GLOBAL="-Os"

# Presets: sizes as parameters of cosim/own_top.sv. Other sizes, errata fixed:
#   make cosim-lockstep PRESET=mine SIZES_mine='-GL0Sets=8' FIXED='D1 P4'
SIZES_minimal =
SIZES_default = -GL3Size=16 -GL2Size=16 -GSpSize=16 -GL1Sets=8 -GL1Ways=2 -GL0Sets=32 -GL0Ways=4

SIZES_2603    = -GL3Size=16 -GL2Size=16 -GSpSize=16 -GL1Sets=4 -GL1Ways=2 -GL0Sets=64 -GL0Ways=4 \
                -GPmpEntries=32 -GRevision=1
SIZES_2603min = -GPmpEntries=32 -GRevision=1
SIZES_bmmin   = -GBitmap=1
SIZES_bm      = $(SIZES_default) -GBitmap=1
SIZES_cvm     = $(SIZES_default) -GBitmap=1 -GKeyIdBits=5
SIZES_2603bmmin = $(SIZES_2603min) -GBitmap=1 -GBcSets=32 -GBcWays=4
SIZES_2603bm  = $(SIZES_2603) -GBitmap=1 -GBcSets=32 -GBcWays=4
SIZES_2603cvm = $(SIZES_2603bm) -GKeyIdBits=5
SIZES_2607    = $(subst Revision=1,Revision=2,$(SIZES_2603))
SIZES_2607bm  = $(subst Revision=1,Revision=2,$(SIZES_2603bm))
SIZES_2607bmmin = $(subst Revision=1,Revision=2,$(SIZES_2603bmmin))
SIZES_v2      = $(subst Revision=1,Revision=3,$(SIZES_2603))
SIZES_v2bm    = $(subst Revision=1,Revision=3,$(SIZES_2603bm))
SIZES_v2bmmin = $(subst Revision=1,Revision=3,$(SIZES_2603bmmin))
SIZES_fixed   = $(SIZES_bmmin) $(ALL_FIXED)
SIZES_2603fixed = $(SIZES_2603bmmin) $(ALL_FIXED)
ALL_FIXED     = -GErrataLow=-1 -GErrataHigh=-1
# randomN: sizes, revision, bitmap and errata drawn from N.
options_of    = $(call sizes_of,$(patsubst cov-%,%,$(1:wave-%=%))) \
                $(if $(FIXED),$(or $(shell python3 cosim/mutate.py options $(FIXED)),$(error FIXED)))
sizes_of      = $(or $(SIZES_$1),$(if $(filter random%,$1),$(shell python3 cosim/sizes.py $(1:random%=%))))

VROOT         = $(shell $(VERILATOR) --getenv VERILATOR_ROOT)
VINC          = -isystem $(VROOT)/include -isystem $(VROOT)/include/vltstd
COSIM_C       = $(filter-out lib/% study/%,$(LIBSRC)) $(wildcard tests/random/stimgen*.c)
COSIM_COBJ    = $(COSIM_C:%.c=$(COSIM_B)/%.o) $(LIBASM:%.S=$(COSIM_B)/%.o)
COSIM_OBJ     = $(patsubst %,$(COSIM_B)/cosim/%.o,stimulus lines random_stim model_stim dut_model \
                compare record trace_run)
COSIM_H       = $(wildcard cosim/*.h)
VERILATED     = verilated.o verilated_threads.o
COSIM_LD      = $(LDFLAGS) $(LDLIBS)

# Tools that are asked for before they are needed: what is missing, and what installs it.
need          = @command -v $1 > /dev/null || \
                { echo "$1 is not installed: scripts/setup.sh cosim installs it" >&2; exit 2; }
have-verilator:
	$(call need,$(VERILATOR))
.PHONY: have-verilator

# The ports of the L2TLB as own_top.sv and dut_verilated.h read them.
$(OWN_B)/ports.inc: cosim/own.py cosim/ports.py | have-verilator
	$(Q)python3 cosim/own.py rtl $(@D)
lint-rtl: have-verilator $(OWN_B)/ports.inc ## Verilator lint of our RTL, every warning on
	$(Q)for o in '' '$(SIZES_default)' '-GRevision=1 -GPmpEntries=32 $(ALL_FIXED)' \
	    '$(SIZES_bmmin)' '$(SIZES_cvm) $(ALL_FIXED)' '$(SIZES_2603cvm) $(ALL_FIXED)'; do \
	    $(VERILATOR) --lint-only --assert $(VINCLUDE) -Wall $$o $(VLINT) || exit 1; done
	@echo "  LINT    rtl clean"

$(COSIM_B)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARN) -O2 -g -I. -MMD -MP $(CFLAGS) $(DEFS_$*) -c $< -o $@
$(COSIM_B)/%.o: %.S $(PAGE)
	@mkdir -p $(@D)
	$(Q)$(CC) -I. $(CFLAGS) -c $< -o $@
$(COSIM_B)/report/version.o: $(BUILD)/version
$(COSIM_B)/cosim/%.o: cosim/%.cc
	@mkdir -p $(@D)
	$(Q)$(CXX) $(VCXX) -MMD -MP -c $< -o $@
$(COSIM_B)/libmodel.a: $(COSIM_COBJ)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

# What random stimuli reach in the model; no RTL is needed. REACH_SEEDS stimuli for each configuration.
REACH_SEEDS  ?= 200
REACH_ARGS   ?=
REACH_OBJ     = $(patsubst %,$(COSIM_B)/cosim/%.o,reach_main stimulus random_stim model_stim) \
                $(COSIM_B)/tests/random/reach.o $(COSIM_B)/libmodel.a
$(COSIM_B)/reach: $(REACH_OBJ)
	@echo "  LD      $@"
	$(Q)$(CXX) $(REACH_OBJ) $(COSIM_LD) -o $@
random-coverage: $(COSIM_B)/reach ## cross points of the specification that random stimuli reach: SEED= REACH_SEEDS= REACH_ARGS=
	$(COSIM_B)/reach --seed $(COSIM_SEED) --seeds $(REACH_SEEDS) $(REACH_ARGS)
random-coverage-test: $(COSIM_B)/reach ## a point that is taken away, or a floor that is too high, is noticed
	$(Q)$(COSIM_B)/reach --seeds 2 --least 1000000000 > $(COSIM_B)/reach.out; test $$? -eq 1
	$(Q)$(COSIM_B)/reach --seed $(COSIM_SEED) --seeds $(REACH_SEEDS) --plant pc_hit_l0 > $(COSIM_B)/reach.out; test $$? -eq 1
	$(Q)grep -q '^pc_hit_l0 .*HOLE (true)' $(COSIM_B)/reach.out && grep -q ', 1 holes$$' $(COSIM_B)/reach.out
	@echo "random-coverage notices what is missing"
.PHONY: random-coverage random-coverage-test

# One Verilated library per preset, built again when its options change.
$(COSIM_B)/%/options: FORCE
	@mkdir -p $(@D)
	@echo '$(call options_of,$*)' | cmp -s - $@ || echo '$(call options_of,$*)' > $@
$(COSIM_B)/%/Vdut__ALL.a: $(RTL_DEPS) $(COSIM_B)/%/options | have-verilator
	@echo "  VERILATE $*"
	@mkdir -p $(@D)
	$(Q)$(VERILATOR) --cc --prefix Vdut $(VFLAGS) --output-split 20000 $(if $(filter wave-%,$*),$(V_WAVE)) \
	    $(if $(filter cov-%,$*),$(V_COV)) $(call options_of,$*) $(VLINT) --Mdir $(@D)
	$(Q)$(MAKE) -s -C $(@D) -f Vdut.mk $(VOPT) Vdut__ALL.a $(call objects_of,$*) >/dev/null
	@touch $@ # Verilator leaves alone what is the same
	@echo "  $$(grep -ho 'Assertion failed in %N[^ ]*: \[%N' $(@D)/*.cpp | sort -u | wc -l) assertions compiled"

# Verilator's own objects: the same for all builds without waveforms and coverage.
VERILATOR_OBJ = $(VERILATED:%=$(COSIM_B)/verilator/%)
$(COSIM_B)/verilator/%.o: | have-verilator
	@mkdir -p $(@D)
	$(Q)$(CXX) $(VINC) -std=c++17 -Os -w -DVM_COVERAGE=0 -DVM_SC=0 -DVM_TRACE=0 -DVM_TRACE_FST=0 -DVM_TRACE_VCD=0 \
	    -faligned-new -c $(VROOT)/include/$*.cpp -o $@

$(COSIM_B)/%/dut_own.o: cosim/dut_own.cc $(COSIM_H) $(OWN_B)/ports.inc $(COSIM_B)/%/Vdut__ALL.a
	$(Q)$(CXX) $(VCXX) $(VINC) -I$(@D) -I$(OWN_B) $(if $(filter wave-%,$*),$(D_WAVE)) $(if $(filter cov-%,$*),$(D_COV)) -c $< -o $@
define link-own
	@echo "  LD      $@"
	$(Q)$(CXX) $(COSIM_B)/cosim/$(@F)_main.o $(@D)/dut_own.o $(COSIM_OBJ) $(COSIM_B)/libmodel.a $(@D)/Vdut__ALL.a \
	    $(or $(patsubst %,$(@D)/%,$(call objects_of,$*)),$(VERILATOR_OBJ)) $(COSIM_LD) -o $@
endef
OWN_DEPS      = $(COSIM_OBJ) $(COSIM_B)/libmodel.a $(VERILATOR_OBJ)
$(COSIM_B)/%/golden: $(COSIM_B)/%/dut_own.o $(COSIM_B)/cosim/golden_main.o $(OWN_DEPS)
	$(link-own)
$(COSIM_B)/%/lockstep: $(COSIM_B)/%/dut_own.o $(COSIM_B)/cosim/lockstep_main.o $(OWN_DEPS)
	$(link-own)
.PRECIOUS: $(COSIM_B)/%/options $(COSIM_B)/%/Vdut__ALL.a $(COSIM_B)/%/dut_own.o $(COSIM_B)/%.o $(COSIM_B)/cosim/%.o \
    $(COSIM_B)/verilator/%.o
-include $(COSIM_COBJ:.o=.d) $(COSIM_OBJ:.o=.d) $(COSIM_B)/cosim/golden_main.d $(COSIM_B)/cosim/lockstep_main.d $(patsubst %.o,%.d,$(filter %.o,$(REACH_OBJ)))

RECORDED      = minimal default bmmin bm cvm 2603min 2603 2603bmmin 2603bm 2603cvm 2607bm v2bm
cosim-golden: $(RECORDED:%=$(COSIM_B)/%/golden) ## our RTL against all recordings
	$(Q)python3 cosim/recordings.py run $(COSIM_B)

# Verilator's own objects that a build needs for itself.
objects_of    = $(if $(filter wave-% cov-%,$1),$(VERILATED) $(if $(filter wave-%,$1),$(O_WAVE),$(O_COV)))
# Builds named wave-PRESET write waveforms and the RTL's state; a difference is run on them again.
V_WAVE        = --trace-fst -DCOSIM_DUMP
D_WAVE        = -DCOSIM_WAVE -DCOSIM_DUMP
O_WAVE        = verilated_fst_c.o verilated_dpi.o

PRESET       ?= minimal
CYCLES       ?= 2000000
# The first seed is 1 unless SEED= names another (make random draws its own).
COSIM_SEED    = $(if $(filter file undefined,$(origin SEED)),1,$(SEED))
cosim-lockstep: $(COSIM_B)/$(PRESET)/lockstep ## RTL and model in lock step: PRESET= CYCLES= SEED=
	$(COSIM_B)/$(PRESET)/lockstep --seed $(COSIM_SEED) --total $(CYCLES) --out $(COSIM_B)/$(PRESET) || \
	    { rc=$$?; test $$rc -ne 1 || $(MAKE) cosim-wave PRESET=$(PRESET); exit $$rc; }
REPRO        ?= $(COSIM_B)/$(PRESET)/difference.stim
cosim-wave: $(COSIM_B)/wave-$(PRESET)/lockstep ## run REPRO= again with waveforms (FST, VCD) and the state of both sides
	-$(COSIM_B)/wave-$(PRESET)/lockstep --wave --no-shrink --out $(<D) $(COSIM_ARGS_WAVE) $(REPRO)

# Builds named cov-PRESET count lines and toggles.
V_COV         = --coverage-line --coverage-toggle
D_COV         = -DVM_COVERAGE=1
O_COV         = verilated_cov.o
COVER_CYCLES ?= 150000
COVERED       = minimal 2603bmmin fixed
cosim-coverage: $(COVERED:%=$(COSIM_B)/cov-%/lockstep) ## lines and bits of our RTL that recorded and random stimuli reach
	$(Q)rm -f $(COVERED:%=$(COSIM_B)/cov-%/coverage.dat)
	$(Q)printf '%s\n' $(COVERED) | xargs -P 2 -I{} sh -c '$(COSIM_B)/cov-{}/lockstep --seed $(COSIM_SEED) \
	    --total $(COVER_CYCLES) --no-shrink --out $(COSIM_B)/cov-{} +coverage=$(COSIM_B)/cov-{}/coverage.dat \
	    $$(python3 cosim/recordings.py stimuli {} "defects|both|known")'
	$(Q)python3 cosim/coverage.py --lines 95 $(COVERED:%=$(COSIM_B)/cov-%/coverage.dat)

SIZES        ?= 4
cosim-sizes: ## lock step at SIZES= random sizes, revisions and sets of errata, the first drawn from SEED=
	for n in $$(seq $(COSIM_SEED) $$(($(COSIM_SEED) + $(SIZES) - 1))); do \
	    $(MAKE) --no-print-directory cosim-lockstep PRESET=random$$n SEED=$$n || exit 1; done
cosim-long: $(COSIM_B)/$(PRESET)/lockstep ## lock step until it is interrupted or a difference is found: PRESET= SEED=
	n=$(COSIM_SEED); while $(MAKE) --no-print-directory cosim-lockstep SEED=$$n; do n=$$((n + 100000)); done; exit 1
.PHONY: cosim-coverage cosim-long cosim-sizes

# --- a user's RTL: make cosim RTL_DIR=... [RTL_TOP=L2TLBWrapper] [REVISION=2026-03] [RTL_MAP=file]
# COSIM_ARGS: preset and parameters of the model, seeds (build/cosim/user/lockstep --help).
# RTL_FLAGS: more options for Verilator, as -DSYNTHESIS, which leaves out generated assertions.
# USER_B: where it is built. After a difference USER_B/wave holds the same with waveforms.
RTL_TOP      ?= L2TLB
COSIM_ARGS   ?= --preset minimal --seed $(COSIM_SEED) --total $(CYCLES) $(if $(REVISION),--set revision=$(REVISION))
USER_B        = $(COSIM_B)/user
USER_V        = --cc -O3 --x-initial 0 --x-assign fast --prefix Vdut -Wno-fatal -Wno-lint -Wno-style \
                +libext+.sv+.v --output-split 20000
USER_OBJ      = $(VERILATED)
USER_LD       = $(COSIM_OBJ) $(COSIM_B)/libmodel.a $(@D)/Vdut__ALL.a $(USER_OBJ:%=$(@D)/%) $(COSIM_LD)
$(USER_B)/wave/%: USER_V += --trace-fst
$(USER_B)/wave/%: USER_OBJ += verilated_fst_c.o
$(USER_B)/wave/%: VCXX += -DCOSIM_WAVE

# Which ports there are, and which files: each only written when it changes.
$(USER_B)/ports.inc: cosim/ports.py FORCE
	@mkdir -p $(@D)
	$(Q)python3 cosim/ports.py '$(RTL_DIR)' '$(RTL_TOP)' $(@D) $(if $(RTL_MAP),'$(RTL_MAP)')
$(USER_B)/rtl.f: $(USER_B)/ports.inc | have-verilator
	@test -e $@
$(USER_B)/options: FORCE
	@mkdir -p $(@D)
	@echo '$(RTL_FLAGS)' | cmp -s - $@ || echo '$(RTL_FLAGS)' > $@
$(USER_B)/Vdut__ALL.a $(USER_B)/wave/Vdut__ALL.a: $(USER_B)/rtl.f $(USER_B)/options $(wildcard $(RTL_DIR)/*.sv \
    $(RTL_DIR)/*.svh $(RTL_DIR)/*.v $(RTL_DIR)/*.vh)
	@echo "  VERILATE $(RTL_DIR) ($(RTL_TOP)$(if $(filter %/wave,$(@D)),$(,) with waveforms))"
	@mkdir -p $(@D)
	$(Q)$(VERILATOR) $(USER_V) $(RTL_FLAGS) --Mdir $(@D) -f $< >$(@D)/verilator.log 2>&1 || \
	    { grep -m1 '%Error' $(@D)/verilator.log | sed 's/^/cosim: /' >&2; exit 2; }
	$(Q)$(MAKE) -s -C $(@D) -f Vdut.mk $(VOPT) Vdut__ALL.a $(USER_OBJ) >/dev/null
$(USER_B)/lockstep $(USER_B)/wave/lockstep $(USER_B)/golden: %: cosim/dut_xs.cc $(COSIM_H) \
    $(USER_B)/ports.inc $(COSIM_OBJ) $(COSIM_B)/libmodel.a
	@echo "  CXX     $@"
	$(Q)$(CXX) $(VCXX) $(VINC) -I$(@D) -I$(USER_B) cosim/$(@F)_main.cc cosim/dut_xs.cc $(USER_LD) -o $@
$(USER_B)/lockstep $(USER_B)/wave/lockstep: cosim/lockstep_main.cc
$(USER_B)/golden: cosim/golden_main.cc
$(USER_B)/lockstep $(USER_B)/golden: $(USER_B)/Vdut__ALL.a
$(USER_B)/wave/lockstep: $(USER_B)/wave/Vdut__ALL.a

# What make test runs in lock step, and all programs for the recordings.
cosim-build: $(patsubst %,$(COSIM_B)/%/lockstep,minimal default bmmin 2603bm) $(RECORDED:%=$(COSIM_B)/%/golden)
.PHONY: cosim-build

ifneq ($(origin RTL_DIR),undefined)
$(if $(strip $(RTL_DIR)),,$(error RTL_DIR= is empty: name the folder of your Verilog, or leave it out for our RTL))
$(if $(word 2,$(RTL_DIR)),$(error RTL_DIR=$(RTL_DIR): a space in the name; make cannot follow such files, use a link))
cosim: $(USER_B)/lockstep ## lock step: our RTL at two sizes, or the Verilog in RTL_DIR=
	$(USER_B)/lockstep $(COSIM_ARGS) --out $(USER_B) || \
	    { rc=$$?; test $$rc -ne 1 || $(MAKE) cosim-user-wave REPRO=$(USER_B)/difference.stim; exit $$rc; }
# The reproducer comes first, so the rest of COSIM_ARGS only says which machine it is.
cosim-user-wave: $(USER_B)/wave/lockstep ## run REPRO= again on the RTL in RTL_DIR= with waveforms
	$(USER_B)/wave/lockstep $(REPRO) $(COSIM_ARGS) --wave --no-shrink --out $(USER_B)/wave || test $$? -eq 1
else
cosim: cosim-golden $(patsubst %,$(COSIM_B)/%/lockstep,minimal default)
	for p in minimal default; do \
	    $(MAKE) cosim-lockstep PRESET=$$p || exit 1; done
endif
cosim-user-test: ## tests of this path: our RTL as if it were a user's, good and bad input
	tests/cosim.sh
.PHONY: lint-rtl cosim-golden cosim-lockstep cosim-wave cosim cosim-user-wave cosim-user-test

# Captures in lock step, through one stage and two: our RTL, or the user's (RTL_DIR=; COSIM_MODEL= its sizes).
TRACES       ?= traces/captures/database.gvt.gz traces/captures/graph.gvt.gz
TRACES_A64   ?= traces/captures/graph_aarch64.gvt.gz
TRACE_CYCLES ?= 6000000
TRACE_B       = $(if $(RTL_DIR),$(USER_B),$(COSIM_B)/$(PRESET))
TRACE_ARGS    = -v --cycles $(TRACE_CYCLES) $(COSIM_MODEL) --out $(TRACE_B)
cosim-traces: $(TRACE_B)/lockstep ## bundled captures in lock step: PRESET= TRACE_CYCLES= (of each, at most)
	$Qrm -f $(TRACE_B)/difference.stim
	$Qfor o in '--world stages=one $(TRACES)' '--world stages=two $(TRACES)' '--arch aarch64 $(TRACES_A64)'; do \
	    $< $(TRACE_ARGS) $$o && continue; rc=$$?; \
	    $(if $(RTL_DIR),,test ! -e $(TRACE_B)/difference.stim || $(MAKE) cosim-wave REPRO=$(TRACE_B)/difference.stim;) \
	    exit $$rc; done
.PHONY: cosim-traces

# --- proof that the harness can fail ----------------------------------------------------------
# mutants: every fault behind +mutation=K. switches: errata chosen by +errata=MASK.
MUT_SEEDS    ?= 200
$(COSIM_B)/mutants/own_top.sv: cosim/mutate.py cosim/mutations.txt $(RTL_DEPS)
	$(Q)python3 cosim/mutate.py prepare $(@D)
$(COSIM_B)/switches/own_top.sv: cosim/mutate.py $(RTL_DEPS)
	$(Q)python3 cosim/mutate.py switches $(@D)
SWITCH_B      = $(addprefix $(COSIM_B)/switches-,minimal bmmin 2603min 2603bmmin)
MUTANT_B      = $(addprefix $(COSIM_B)/mutants-,minimal 2603bmmin)
$(MUTANT_B:%=%/Vdut__ALL.a): $(COSIM_B)/mutants/own_top.sv
$(SWITCH_B:%=%/Vdut__ALL.a): $(COSIM_B)/switches/own_top.sv
$(MUTANT_B:%=%/Vdut__ALL.a) $(SWITCH_B:%=%/Vdut__ALL.a): | have-verilator
	@echo "  VERILATE $(@D)"
	$(Q)$(VERILATOR) --cc --prefix Vdut $(filter-out -Wall,$(VFLAGS)) -Wno-lint -Wno-WIDTHCONCAT -f $(<D)/files.f \
	    $(SIZES_$(lastword $(subst -, ,$(notdir $(@D))))) --top-module own_top --output-split 20000 --Mdir $(@D)
	$(Q)$(MAKE) -s -C $(@D) -f Vdut.mk $(VOPT) Vdut__ALL.a >/dev/null
cosim-mutate: $(MUTANT_B:%=%/lockstep) ## every fault put into the RTL or the inputs must be noticed
	$(Q)python3 cosim/mutate.py run $(MUT_SEEDS) $^
ERRATA_CYCLES ?= 100000
cosim-errata: $(SWITCH_B:%=%/lockstep) ## lock step with errata fixed on both sides, one by one and mixed
	$(Q)python3 cosim/mutate.py errata $(ERRATA_CYCLES) $^
	$(Q)python3 cosim/mutate.py one-sided $(ERRATA_CYCLES) $^
ABLATION_CYCLES ?= 2000000
ABLATED       ?= 2603bmmin v2bmmin minimal bmmin 2603cvm
$(COSIM_B)/twin: cosim/lockstep_main.cc cosim/dut_twin.cc $(COSIM_OBJ) $(COSIM_B)/libmodel.a
	@echo "  CXX     $@"
	$(Q)$(CXX) $(VCXX) $^ $(COSIM_LD) -o $@
cosim-ablation: $(ABLATED:%=$(COSIM_B)/%/lockstep) $(COSIM_B)/twin $(BUILD)/l2tlb ## each rule and erratum switched in the model only: what notices it
	$(Q)python3 cosim/mutate.py ablation $(ABLATION_CYCLES) $(BUILD)/l2tlb $(COSIM_B)/twin $(ABLATED:%=$(COSIM_B)/%/lockstep)
.PHONY: cosim-mutate cosim-errata cosim-ablation
