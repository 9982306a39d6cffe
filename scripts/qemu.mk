# SPDX-License-Identifier: MulanPSL-2.0
# Our walk against QEMU, live, and the speed of the walk. Included by the main Makefile.
#   make qemu-check SEED=7 SETS=1000      a fresh seed without SEED=; the seed is printed
SETS    ?= 100
QEMU_OBJ = $(patsubst %,$(B)/tests/qemu/%.o,qemu_check qemu_set qemu_riscv qemu_a64)
BENCHOBJ = $(B)/tests/bench/walk_bench.o

$(B)/qemu_check: $(QEMU_OBJ) $(B)/libl2tlb.a
	@echo "  LD      $@"
	$Q$(CC) $(ALL_LDFLAGS) $(QEMU_OBJ) $(B)/libl2tlb.a $(LDLIBS) -o $@
$(B)/walk_bench: $(BENCHOBJ) $(B)/libl2tlb.a
	@echo "  LD      $@"
	$Q$(CC) $(ALL_LDFLAGS) $(BENCHOBJ) $(B)/libl2tlb.a $(LDLIBS) -o $@
-include $(QEMU_OBJ:.o=.d) $(BENCHOBJ:.o=.d)

qemu-check: $(B)/qemu_check ## our walk against QEMU 7.2 on random page tables, SEED= SETS=
	@scripts/setup.sh qemu || true
	@scripts/qemu-check.sh -d $(BUILD)/qemu -s $(SEED) -n $(SETS) $(B)/qemu_check
qemu-mutate: $(B)/qemu_check all ## faults in the walk that recordings and QEMU must notice
	@scripts/qemu-mutate.py
walk-bench: $(B)/walk_bench ## translations per second of the functional walk
	@$(B)/walk_bench
bench: walk-bench
.PHONY: qemu-check qemu-mutate walk-bench
