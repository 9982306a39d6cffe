// SPDX-License-Identifier: MulanPSL-2.0
// EL2 part of the AArch64 guest. Every probe is a call that returns: an exception restores what the
// call saved and returns to its caller.
    .macro each op
    \op x19, x20, [x9]
    \op x21, x22, [x9, #16]
    \op x23, x24, [x9, #32]
    \op x25, x26, [x9, #48]
    \op x27, x28, [x9, #64]
    \op x29, x30, [x9, #80]
    .endm

    .section .text.start, "ax"
    .globl _start
_start:
    ldr x9, =stack_top
    mov sp, x9
    ldr x9, =vectors
    msr vbar_el2, x9
    mrs x9, mdcr_el2
    orr x9, x9, #0x100      // TDE: BRK of EL1 and EL0 comes here
    msr mdcr_el2, x9
    isb
    b main

trap:
    ldr x9, =saved
    each ldp
    ldr x9, [x9, #96]
    mov sp, x9
    ret

    .globl run_native
run_native:
    ldr x9, =saved
    each stp
    mov x10, sp
    str x10, [x9, #96]
    eret

    .align 11
vectors:
    .rept 16
    b trap
    .balign 128
    .endr

// What EL1 and EL0 execute: EL1 vectors that hand over to EL2, and one load and one store.
    .section .vectors, "ax"
    .rept 16
    hvc #0
    .balign 128
    .endr
    ldr x0, [x0]
    brk #0
    .balign 16
    strb w1, [x0, #7]
    brk #0

    .bss
    .align 4
saved:
    .space 112
    .space 16384
stack_top:
