# SPDX-License-Identifier: MulanPSL-2.0
# M-mode part of the RISC-V guest. Every probe is a call that returns: a trap restores what the call
# saved and returns to its caller, so that the C code reads the trap's registers at leisure.
#if __riscv_xlen == 64
#define STORE sd
#define LOAD ld
#define W 8
#else
#define STORE sw
#define LOAD lw
#define W 4
#endif

.macro each op
    \op ra, 0*W(t0)
    \op sp, 1*W(t0)
    \op gp, 2*W(t0)
    \op tp, 3*W(t0)
    \op s0, 4*W(t0)
    \op s1, 5*W(t0)
    \op s2, 6*W(t0)
    \op s3, 7*W(t0)
    \op s4, 8*W(t0)
    \op s5, 9*W(t0)
    \op s6, 10*W(t0)
    \op s7, 11*W(t0)
    \op s8, 12*W(t0)
    \op s9, 13*W(t0)
    \op s10, 14*W(t0)
    \op s11, 15*W(t0)
.endm

    .section .text.start, "ax"
    .globl _start
_start:
    la sp, stack_top
    la t0, trap
    csrw mtvec, t0
    j main

# a0, a1: value and 1 for "trapped", as struct outcome
    .align 4
trap:
    la t0, saved
    each LOAD
    li a1, 1
    ret

    .globl run_native
run_native:
    la t0, saved
    each STORE
    mret

# HLV.W a0, (a0)
    .globl run_hlv
run_hlv:
    la t0, saved
    each STORE
    .insn r 0x73, 4, 0x34, a0, a0, x0
    li a1, 0
    ret

# HSV.B a1, (a0)
    .globl run_hsv
run_hsv:
    la t0, saved
    each STORE
    .insn r 0x73, 4, 0x31, x0, a0, a1
    li a1, 0
    ret

    .globl flush
flush:
    sfence.vma
    .insn r 0x73, 0, 0x11, x0, x0, x0 # HFENCE.VVMA
    .insn r 0x73, 0, 0x31, x0, x0, x0 # HFENCE.GVMA
    fence.i
    ret

    .section .trampoline, "ax"
    lw a0, 0(a0)
    .word 0x0000000b
    .word 0, 0
    sb a1, 7(a0)
    .word 0x0000000b

    .bss
    .align 4
saved:
    .space 16*W
    .space 16384
stack_top:
