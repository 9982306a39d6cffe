// SPDX-License-Identifier: MulanPSL-2.0
// Sets registers from a block at 80100000 that QEMU's loader writes (satp, vsatp, hgatp, mstatus, hstatus), and
// stands in a loop: in M mode; with an mstatus in the mode that it says; with an hstatus in a guest, from there by
// sret (mret of QEMU 11.1 does not enter one). tests/snapshot/qemu.sh
.globl _start
_start:
    li   t0, -1
    csrw pmpaddr0, t0
    li   t0, 0x1f
    csrw pmpcfg0, t0
    li   a0, 0x80100000
    ld   t0, 0(a0)
    csrw satp, t0
    ld   t0, 8(a0)
    csrw 0x280, t0 // vsatp
    ld   t0, 16(a0)
    csrw 0x680, t0 // hgatp
    ld   t1, 24(a0)
    ld   t2, 32(a0)
    csrw 0x600, t2 // hstatus
    la   t0, there
    beqz t2, 1f
    csrw sepc, t0
    la   t0, enter
1:
    csrw mepc, t0
    csrw mstatus, t1
here:
    beqz t1, here
    mret
enter:
    li   t0, 0x100 // SPP: VS
    csrs sstatus, t0
    sret
.balign 4096
there:
    j    there
