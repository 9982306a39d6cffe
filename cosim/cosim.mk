# SPDX-License-Identifier: MulanPSL-2.0
# Verilated RTL: lint, recordings, lock step with the C model. Included by the main Makefile.
VERILATOR   ?= verilator
CXX         ?= g++
COSIM_B      = build/cosim
RTL_SRC      = $(shell cat rtl/files.f)
RTL_DEPS     = $(RTL_SRC) rtl/l2tlb_assert.svh rtl/waivers.vlt cosim/own_top.sv
VFLAGS       = --cc -O3 --assert --x-initial 0 --x-assign fast --output-split 20000 -Irtl -Wall
VCXX         = -std=c++17 -O2 -I. -Wall -Wextra -Wno-extra -Wno-enum-compare
VOPT         = OPT_FAST="-Os" OPT_SLOW="-O0" OPT_GLOBAL="-Os"
GOLDEN      ?= ../shared/golden
SIZES_minimal =
SIZES_default = -GL3Size=16 -GL2Size=16 -GSpSize=16 -GL1Sets=8 -GL1Ways=2 -GL0Sets=32 -GL0Ways=4
.SECONDARY:
VROOT        = $(shell $(VERILATOR) --getenv VERILATOR_ROOT)
VINC         = -isystem $(VROOT)/include -isystem $(VROOT)/include/vltstd
COSIM_C      = mem/phys.c mem/tilelink.c
COSIM_COBJ   = $(COSIM_C:%.c=$(COSIM_B)/%.o)

$(COSIM_B)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARN) -O2 -g -I. -c $< -o $@

# One Verilated library per preset: build/cosim/PRESET/Vown_top__ALL.a
$(COSIM_B)/%/Vown_top__ALL.a: $(RTL_DEPS)
	@echo "  VERILATE $*"
	@mkdir -p $(@D)
	$(Q)$(VERILATOR) $(VFLAGS) $(SIZES_$*) $(VEXTRA) rtl/waivers.vlt -f rtl/files.f cosim/own_top.sv \
	    --top-module own_top --Mdir $(@D)
	$(Q)$(MAKE) -s -C $(@D) -f Vown_top.mk $(VOPT) Vown_top__ALL.a verilated.o verilated_threads.o
	@echo "  $$(grep -ho 'L2_[A-Z]*(' $(RTL_SRC) | grep -c -v INIT) assertions in the source"

$(COSIM_B)/%/golden: $(COSIM_B)/%/Vown_top__ALL.a cosim/golden_main.cc cosim/stimulus.cc \
    cosim/dut_own.cc cosim/dut.h cosim/stimulus.h $(COSIM_COBJ)
	@echo "  CXX     $@"
	$(Q)$(CXX) $(VCXX) $(VINC) -I$(@D) cosim/golden_main.cc cosim/stimulus.cc cosim/dut_own.cc \
	    $(COSIM_COBJ) $(@D)/Vown_top__ALL.a $(@D)/verilated.o $(@D)/verilated_threads.o -lz -lpthread -o $@

cosim-golden: $(COSIM_B)/minimal/golden $(COSIM_B)/default/golden ## our RTL against all recordings without bitmap
	$(COSIM_B)/minimal/golden $(GOLDEN)/public $(GOLDEN)/defects
	$(COSIM_B)/default/golden $(GOLDEN)/default_size/public
.PHONY: cosim-golden
