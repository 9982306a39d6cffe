// SPDX-License-Identifier: MulanPSL-2.0
// AArch64 guest, EL2: executes the probes and prints what happened.
//
// Results of AT: PAR_EL1. Of an access: ESR_EL2, ELR_EL2, FAR_EL2, HPFAR_EL2, ESR_EL1, FAR_EL1,
// value read, 1 if the store changed the place that it should change.
#include "print.h"

uint64_t run_native(uint64_t va, uint64_t value);
void main(void);

#define READ(reg) __extension__({ uint64_t v_; __asm__ volatile("mrs %0, " reg : "=r"(v_)); v_; })
#define WRITE(reg, value) __asm__ volatile("msr " reg ", %0" ::"r"((uint64_t)(value)))
#define AT(op, va) __asm__ volatile("at " op ", %0" ::"r"((uint64_t)(va)) : "memory")

static void put_char(char c)
{
    *(volatile uint32_t *)0x09000000ul = (uint32_t)c;
}

// The low half of each 8-byte word is a BRK that names its 256 bytes, the high half its own place.
static void fill_arena(void)
{
    volatile uint32_t *p = (volatile uint32_t *)A64_ARENA;
    for (uint32_t i = 0; i < ARENA_BYTES / 8; i++) {
        p[2 * i] = 0xd4200000u | i >> 5 << 5;
        p[2 * i + 1] = i;
    }
}

static void set_registers(const struct set *s)
{
    WRITE("tcr_el1", s->reg[0]);
    WRITE("ttbr0_el1", s->reg[1]);
    WRITE("ttbr1_el1", s->reg[2]);
    WRITE("mair_el1", s->reg[3]);
    WRITE("sctlr_el1", s->reg[4]);
    WRITE("vtcr_el2", s->reg[5]);
    WRITE("vttbr_el2", s->reg[6]);
    WRITE("hcr_el2", s->reg[7]);
    __asm__ volatile("isb; dsb sy; tlbi alle1; ic iallu; dsb sy; isb" ::: "memory");
}

static uint64_t translate(unsigned op, uint64_t va)
{
    switch (op) {
    case 0: AT("s1e1r", va); break;
    case 1: AT("s1e1w", va); break;
    case 2: AT("s1e0r", va); break;
    case 3: AT("s1e0w", va); break;
    case 4: AT("s12e1r", va); break;
    case 5: AT("s12e1w", va); break;
    case 6: AT("s12e0r", va); break;
    default: AT("s12e0w", va); break;
    }
    __asm__ volatile("isb");
    return READ("par_el1");
}

static void access(const uint64_t *probe, uint64_t v[RESULTS])
{
    unsigned op = probe[1] & 0xff;
    WRITE("spsr_el2", probe[1] & OP_SUPERVISOR ? 0x3c5 : 0x3c0);
    uint64_t stub = op == A64OP_STORE ? A64_STORE_STUB : A64_LOAD_STUB;
    WRITE("elr_el2", op == A64OP_FETCH ? probe[0] : probe[3] + stub);
    WRITE("esr_el1", 0);
    WRITE("far_el1", 0);
    __asm__ volatile("isb");
    v[6] = run_native(probe[0], STORE_VALUE);
    v[0] = READ("esr_el2");
    v[1] = READ("elr_el2");
    v[2] = READ("far_el2");
    v[3] = READ("hpfar_el2");
    v[4] = READ("esr_el1");
    v[5] = READ("far_el1");
    if (probe[2]) {
        volatile uint8_t *top = (volatile uint8_t *)probe[2] + 7;
        v[7] = *top == STORE_VALUE;
        *top = 0; // the place of a word needs no more than 21 bits
    }
}

static void probe_one(const struct set *s, uint32_t i)
{
    const uint64_t *probe = s->probe + i * PROBE_WORDS;
    unsigned op = probe[1] & 0xff;
    uint64_t v[RESULTS] = {0};
    if (op == A64OP_VBAR) {
        WRITE("vbar_el1", probe[0]);
        return;
    }
    set_registers(s);
    if (op < A64OP_LOAD)
        v[0] = translate(op, probe[0]);
    else
        access(probe, v);
    print_result(s, i, v);
}

void main(void)
{
    struct set s = {.probe = (const uint64_t *)A64_LIST};
    fill_arena();
    while (next_set(&s)) {
        install(&s, 0);
        for (uint32_t i = 0; i < s.probes; i++)
            probe_one(&s, i);
        install(&s, 1);
    }
    put_char('E');
    put_char('\n');
    register uint64_t call __asm__("x0") = 0x84000008ul; // PSCI SYSTEM_OFF
    __asm__ volatile("smc #0" : "+r"(call));
    for (;;)
        ;
}
