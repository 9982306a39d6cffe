# SPDX-License-Identifier: MulanPSL-2.0
# SystemC: the model as a module, and a platform in which it runs beside our RTL. Included by
# cosim/cosim.mk or the main Makefile.
SYSTEMC_B   = $(BUILD)/systemc
SYSTEMC_INC = /usr/include
SYSTEMC_SRC = cosim/systemc/l2tlb_sc.cc cosim/systemc/tlm_memory.cc cosim/systemc/platform.cc
SYSTEMC_DEF = $(wildcard cosim/systemc/*.h) $(SYSTEMC_B)/l2tlb_ports.def

have-systemc: have-verilator
	@test -e $(SYSTEMC_INC)/systemc.h || test -e $(SYSTEMC_INC)/systemc || \
	    { echo "SystemC is not installed: scripts/setup.sh cosim installs it" >&2; exit 2; }
have-yosys:
	$(call need,yosys)
	$(call need,yosys-smtbmc)
	$(call need,z3)
.PHONY: have-systemc have-yosys
$(SYSTEMC_B)/l2tlb_ports.def: cosim/own.py cosim/ports.py
	$(Q)python3 cosim/own.py systemc $(@D)
$(SYSTEMC_B)/rtl/Vown_top__ALL.a: $(RTL_DEPS) | have-systemc
	@echo "  VERILATE systemc"
	@mkdir -p $(@D)
	$(Q)$(VERILATOR) --sc $(VFLAGS) $(VLINT) --Mdir $(@D)
	$(Q)$(MAKE) -s -C $(@D) -f Vown_top.mk $(VOPT) \
	    SYSTEMC_INCLUDE=$(SYSTEMC_INC) SYSTEMC_LIBDIR=/usr/lib CXXFLAGS="-std=c++17" \
	    Vown_top__ALL.a $(VERILATED) >/dev/null
$(SYSTEMC_B)/platform: $(SYSTEMC_B)/rtl/Vown_top__ALL.a $(SYSTEMC_SRC) $(SYSTEMC_DEF) $(COSIM_B)/libmodel.a
	@echo "  CXX     $@"
	$(Q)$(CXX) $(VCXX) $(VINC) -Wno-extra -I$(SYSTEMC_B) -I$(SYSTEMC_B)/rtl $(SYSTEMC_SRC) $(COSIM_B)/libmodel.a \
	    $(SYSTEMC_B)/rtl/Vown_top__ALL.a $(VERILATED:%=$(SYSTEMC_B)/rtl/%) -lsystemc $(COSIM_LD) -o $@

systemc: $(SYSTEMC_B)/platform ## model and our RTL side by side in SystemC; and proof that a difference is seen
	SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 $(SYSTEMC_B)/platform --cycles 200000 --seed $(or $(SEED),1)
	! $(SYSTEMC_B)/platform --cycles 5000 --fault >$(SYSTEMC_B)/fault.txt
	@tail -n 1 $(SYSTEMC_B)/fault.txt
.PHONY: systemc

proofs: have-yosys ## bounded proofs of the small RTL cells (Yosys, Z3), and that a fault in each is found
	OUT=$(BUILD)/proofs cosim/proofs/run.sh
	OUT=$(BUILD)/proofs cosim/proofs/run.sh --broken
.PHONY: proofs
