// SPDX-License-Identifier: MulanPSL-2.0
// Sets registers from a block at 40200000 that QEMU's loader writes, and stands in a loop: at EL2, or, with a
// spsr, at the level that it says. tests/snapshot/qemu.sh
.globl _start
_start:
    mov  x0, #0x40200000
    ldr  x1, [x0, #0]
    msr  tcr_el1, x1
    ldr  x1, [x0, #8]
    msr  ttbr0_el1, x1
    ldr  x1, [x0, #16]
    msr  ttbr1_el1, x1
    ldr  x1, [x0, #24]
    msr  mair_el1, x1
    ldr  x1, [x0, #32]
    msr  sctlr_el1, x1
    ldr  x1, [x0, #40]
    msr  vtcr_el2, x1
    ldr  x1, [x0, #48]
    msr  vttbr_el2, x1
    ldr  x1, [x0, #56]
    msr  hcr_el2, x1
    ldr  x1, [x0, #64]
    msr  spsr_el2, x1
    adr  x2, there
    msr  elr_el2, x2
    isb
here:
    cbz  x1, here
    eret
.balign 4096
there:
    b    there
