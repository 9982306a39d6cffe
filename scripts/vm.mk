# SPDX-License-Identifier: MulanPSL-2.0
# Captures of whole machines: the small hypervisor of traces/programs/hyp. Included by the main Makefile.
HYP      = traces/programs/hyp
HYP_CC   = $(firstword $(foreach c,riscv64-linux-gnu-gcc riscv64-unknown-elf-gcc,$(if $(shell command -v $c),$c)))
HYP_FLAGS = -march=rv64ima_zicsr_zifencei -mabi=lp64 -mcmodel=medany -std=gnu11 -O2 -Wall -Wextra -nostdlib -static \
           -ffreestanding -fno-pic -fno-builtin -fno-tree-loop-distribute-patterns -fno-stack-protector -msmall-data-limit=0 \
           -Wl,--build-id=none -Wl,--no-warn-rwx-segments
HYP_DEFINES = # -DHYP_SMALL: much shorter (hyp.h)
HYP_OBJ  = $(patsubst %,$(BUILD)/hyp/%.o,start machine hyp guest)

guest: $(BUILD)/hyp.elf ## the small hypervisor with two guests, to be captured (needs a RISC-V compiler)
$(BUILD)/hyp/%.o: $(HYP)/%.c $(HYP)/hyp.h
	@mkdir -p $(@D)
	$Q$(HYP_CC) $(HYP_FLAGS) $(HYP_DEFINES) $(SAME) -c $< -o $@
$(BUILD)/hyp/%.o: $(HYP)/%.S
	@mkdir -p $(@D)
	$Q$(HYP_CC) $(HYP_FLAGS) -c $< -o $@
$(BUILD)/hyp.elf: $(HYP_OBJ) $(HYP)/hyp.ld
	$(if $(HYP_CC),,$(error make guest needs gcc-riscv64-linux-gnu: scripts/setup.sh vm))
	$Q$(HYP_CC) $(HYP_FLAGS) -Wl,-T,$(HYP)/hyp.ld $(HYP_OBJ) -o $@
.PHONY: guest
