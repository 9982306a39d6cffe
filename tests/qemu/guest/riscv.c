// SPDX-License-Identifier: MulanPSL-2.0
// RISC-V guest, M mode: executes the probes and prints what happened. rv64 and rv32.
//
// Results: mcause (END: no trap), mepc, mtval, mtval2, mtinst, value read (low word), 1 if the
// store changed the place that it should change.
#include "print.h"

enum { END = 0xff };
struct outcome {
    unsigned long value, trapped;
};
struct outcome run_native(unsigned long va, unsigned long value);
struct outcome run_hlv(unsigned long va);
struct outcome run_hsv(unsigned long va, unsigned long value);
void flush(void);
void main(void);

#define READ(csr)                                                                                 \
    __extension__({                                                                               \
        unsigned long v_;                                                                         \
        __asm__ volatile("csrr %0, " csr : "=r"(v_));                                             \
        v_;                                                                                       \
    })
#define WRITE(csr, value) __asm__ volatile("csrw " csr ", %0" ::"r"((unsigned long)(value)))
#define MTVAL2 "0x34b"
#define MTINST "0x34a"
#define HSTATUS "0x600"
#define HEDELEG "0x602"
#define HGATP "0x680"
#define VSATP "0x280"
#define VSSTATUS "0x200"
#define MSTATUSH "0x310"

static void put_char(char c)
{
    volatile uint8_t *uart = (volatile uint8_t *)0x10000000ul;
    while (!(uart[5] & 0x20))
        ;
    *uart = (uint8_t)c;
}

// Each 8-byte word names its own place; its low half is an illegal instruction.
static void fill_arena(void)
{
    volatile uint32_t *p = (volatile uint32_t *)RV_ARENA;
    for (uint32_t i = 0; i < ARENA_BYTES / 8; i++) {
        p[2 * i] = i << 7 | 0x0b;
        p[2 * i + 1] = i;
    }
}

static void set_registers(const struct set *s)
{
    WRITE("satp", s->reg[0]);
    WRITE(VSATP, s->reg[1]);
    WRITE(HGATP, s->reg[2]);
    WRITE(VSSTATUS, s->reg[4]);
}

static struct outcome execute(const struct set *s, const uint64_t *probe)
{
    unsigned long va = (unsigned long)probe[0], virt = (unsigned long)s->reg[5];
    unsigned op = probe[1] & 0xff, supervisor = !!(probe[1] & OP_SUPERVISOR);
    unsigned long mstatus = (unsigned long)s->reg[3] | (unsigned long)supervisor << 11;
    set_registers(s);
    WRITE(HSTATUS, (READ(HSTATUS) & ~0x100ul) | (supervisor ? 0x100 : 0));
#if __riscv_xlen == 64
    WRITE("mstatus", mstatus | virt << 39);
#else
    WRITE("mstatus", mstatus);
    WRITE(MSTATUSH, virt << 7);
#endif
    unsigned long entry = (unsigned long)probe[3] + (op == RVOP_STORE ? 16 : 0);
    WRITE("mepc", op == RVOP_FETCH ? va : entry);
    // QEMU 7.2 tells page faults of HLV and HSV from access faults by satp.
    if (op == RVOP_HLV || op == RVOP_HSV)
        WRITE("satp", s->reg[1]);
    flush();
    switch (op) {
    case RVOP_HLV:
        return run_hlv(va);
    case RVOP_HSV:
        return run_hsv(va + 7, STORE_VALUE);
    default:
        return run_native(va, STORE_VALUE);
    }
}

static void probe_one(const struct set *s, uint32_t i)
{
    const uint64_t *probe = s->probe + i * PROBE_WORDS;
    struct outcome o = execute(s, probe);
    uint64_t v[RESULTS] = {END};
    if (o.trapped) {
        v[0] = READ("mcause");
        v[1] = READ("mepc");
        v[2] = READ("mtval");
        v[3] = READ(MTVAL2);
        v[4] = READ(MTINST);
    }
    v[5] = (uint32_t)o.value;
    if (probe[2]) {
        volatile uint8_t *top = (volatile uint8_t *)(uintptr_t)probe[2] + 7;
        v[6] = *top == STORE_VALUE;
        *top = 0; // the place of a word needs no more than 21 bits
    }
    print_result(s, i, v);
}

void main(void)
{
    struct set s = {.probe = (const uint64_t *)RV_LIST};
    WRITE("medeleg", 0);
    WRITE("mideleg", 0);
    WRITE("mie", 0);
    WRITE(HEDELEG, 0);
    WRITE("pmpaddr0", ~0ul);
    WRITE("pmpcfg0", 0x1f);
    fill_arena();
    while (next_set(&s)) {
        install(&s, 0);
        for (uint32_t i = 0; i < s.probes; i++)
            probe_one(&s, i);
        install(&s, 1);
    }
    put_char('E');
    put_char('\n');
    *(volatile uint32_t *)0x100000ul = 0x5555;
    for (;;)
        ;
}
