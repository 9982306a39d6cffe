# SPDX-License-Identifier: MulanPSL-2.0
# Entries, traps and world switches of the small hypervisor.

.macro each op base
    \op x1, 8(\base)
    \op x2, 16(\base)
    \op x3, 24(\base)
    \op x4, 32(\base)
    \op x5, 40(\base)
    \op x6, 48(\base)
    \op x7, 56(\base)
    \op x8, 64(\base)
    \op x9, 72(\base)
    \op x11, 88(\base)
    \op x12, 96(\base)
    \op x13, 104(\base)
    \op x14, 112(\base)
    \op x15, 120(\base)
    \op x16, 128(\base)
    \op x17, 136(\base)
    \op x18, 144(\base)
    \op x19, 152(\base)
    \op x20, 160(\base)
    \op x21, 168(\base)
    \op x22, 176(\base)
    \op x23, 184(\base)
    \op x24, 192(\base)
    \op x25, 200(\base)
    \op x26, 208(\base)
    \op x27, 216(\base)
    \op x28, 224(\base)
    \op x29, 232(\base)
    \op x30, 240(\base)
    \op x31, 248(\base)
.endm
.macro kept op base # what a C function keeps, from 256 on
    \op ra, 256(\base)
    \op sp, 264(\base)
    \op gp, 272(\base)
    \op tp, 280(\base)
    \op s0, 288(\base)
    \op s1, 296(\base)
    \op s2, 304(\base)
    \op s3, 312(\base)
    \op s4, 320(\base)
    \op s5, 328(\base)
    \op s6, 336(\base)
    \op s7, 344(\base)
    \op s8, 352(\base)
    \op s9, 360(\base)
    \op s10, 368(\base)
    \op s11, 376(\base)
.endm

    .section .text.start, "ax"
    .globl _start
_start:
    csrr t0, mhartid
    bnez t0, park
    la sp, machine_stack
    csrw mscratch, sp
    la t0, machine_trap
    csrw mtvec, t0
    call machine_setup
    # HS mode, at host_main
    li t0, 3 << 11
    csrc mstatus, t0
    li t0, 1 << 11
    csrs mstatus, t0
    la t0, host_main
    csrw mepc, t0
    la sp, host_stack
    mret
park:
    wfi
    j park

# M mode: a call from HS (a7, a0, a1; result a0), or a probe of setup that is skipped (a1 = 1).
    .align 4
machine_trap:
    csrrw sp, mscratch, sp
    addi sp, sp, -256
    each sd sp
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    csrr t0, mcause
    li t1, 9
    bne t0, t1, 1f
    mv a2, a7
    call machine_call
    j 2f
1:  csrr t0, mstatus # from M: a probe; from elsewhere nothing is expected
    srli t0, t0, 11
    andi t0, t0, 3
    li t1, 3
    bne t0, t1, 3f
    li t0, 1
    sd t0, 88(sp)
2:  each ld sp
    addi sp, sp, 256
    csrrw sp, mscratch, sp
    mret
3:  li a0, 9
    call machine_exit

# uint64_t machine_peek(va): loads as the guest's S mode would, by MPRV
    .globl machine_peek
machine_peek:
    csrr t0, mstatus
    li t1, 3 << 11
    not t1, t1
    and t1, t0, t1
    li t2, (1 << 39) | (1 << 17) | (1 << 11) # MPV, MPRV, MPP = S
    or t1, t1, t2
    csrw mstatus, t1
    ld a0, 0(a0)
    csrw mstatus, t0
    ret

# void machine_exit(status): QEMU's finisher; where it is not, Spike's tohost
    .globl machine_exit
machine_exit:
    mv s0, a0
    la t0, 1f
    csrw mtvec, t0
    li t0, 0x5555
    beqz s0, 2f
    slli t0, s0, 16
    li t1, 0x3333
    or t0, t0, t1
2:  li t1, 0x100000
    sw t0, 0(t1)
    .align 4
1:  slli s0, s0, 1
    ori s0, s0, 1
    la t0, tohost
    sd s0, 0(t0)
    j .

# void enter_guest(struct vcpu *): runs it until it traps to HS
    .text
    .globl enter_guest
enter_guest:
    kept sd a0
    csrw sscratch, a0
    la t0, guest_trapped
    csrw stvec, t0
    ld t0, 0(a0)
    csrw sepc, t0
    each ld a0
    ld a0, 80(a0)
    sret
    .align 4
guest_trapped:
    csrrw a0, sscratch, a0
    each sd a0
    csrr t0, sscratch
    sd t0, 80(a0)
    csrr t0, sepc
    sd t0, 0(a0)
    kept ld a0
    la t0, host_trapped
    csrw stvec, t0
    ret

# A trap of HS itself, by one of the accesses below: skipped, a1 = cause + 1
    .globl host_trapped
    .align 4
host_trapped:
    csrr a1, sepc
    addi a1, a1, 4
    csrw sepc, a1
    csrr a1, scause
    addi a1, a1, 1
    sret
# struct outcome name(va[, value])
.macro access name insn:vararg
    .globl \name
\name:
    li a1, 0
    \insn
    ret
.endm
    access plain_load, ld a0, 0(a0)
    access hlv_d, .insn r 0x73, 4, 0x36, a0, a0, x0
    access hlvx_wu, .insn r 0x73, 4, 0x34, a0, a0, x3
    .globl hsv_d
hsv_d:
    mv a2, a1
    li a1, 0
    .insn r 0x73, 4, 0x37, x0, a0, a2
    ret

# --- in each guest -------------------------------------------------------------------------------
    .section .guest.start, "ax"
    j guest_main
# uint64_t enter_user(struct user *): until its ecall; faults go to guest_fault()
    .globl enter_user
enter_user:
    kept sd a0
    csrw sscratch, a0
    lla t0, user_trapped
    csrw stvec, t0
    ld t0, 0(a0)
    csrw sepc, t0
    li t0, 1 << 8
    csrc sstatus, t0
    each ld a0
    ld a0, 80(a0)
    sret
    .align 4
user_trapped:
    csrrw a0, sscratch, a0
    each sd a0
    csrr t0, sscratch
    sd t0, 80(a0)
    csrr t0, sepc
    sd t0, 0(a0)
    kept ld a0
    csrr t0, scause
    li t1, 8
    bne t0, t1, 1f
    ld a0, 80(a0)
    ret
1:  addi sp, sp, -16
    sd ra, 8(sp)
    sd a0, 0(sp)
    call guest_fault
    ld a0, 0(sp)
    ld ra, 8(sp)
    addi sp, sp, 16
    j enter_user
# uint64_t hypercall(a0, a1, a2, number)
    .globl hypercall
hypercall:
    mv a7, a3
    ecall
    ret
# void move_up(satp, delta): tables on, and on with everything at higher addresses
    .globl move_up
move_up:
    csrw satp, a0
    sfence.vma
    add sp, sp, a1
    add ra, ra, a1
    ret

    .section .tohost, "aw"
    .globl tohost, fromhost
    .align 6
tohost:
    .dword 0
    .align 6
fromhost:
    .dword 0
    .bss
    .align 4
    .space 8192
machine_stack:
    .space 16384
host_stack:
