// SPDX-License-Identifier: MulanPSL-2.0
// Sets registers from a block at 80100000 that QEMU's loader writes (satp, vsatp, hgatp, mstatus, menvcfg), and
// stands in a loop: in M mode, or, with an mstatus, in the mode that it says. tests/snapshot/qemu.sh
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
    ld   t0, 32(a0)
    csrw 0x30a, t0 // menvcfg
    la   t0, there
    csrw mepc, t0
    csrw mstatus, t1
here:
    beqz t1, here
    mret
.balign 4096
there:
    j    there
