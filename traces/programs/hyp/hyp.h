// SPDX-License-Identifier: MulanPSL-2.0
// What the parts of the small hypervisor share: machine.c (M mode), hyp.c (HS), guest.c (VS and
// VU). CSRs of the hypervisor extension go by number: older assemblers don't know their names.
#ifndef HYP_H
#define HYP_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PAGE = 4096,
    PTE_V = 1,
    PTE_R = 2,
    PTE_W = 4,
    PTE_X = 8,
    PTE_U = 16,
    PTE_G = 32,
    PTE_A = 64,
    PTE_D = 128,
    PTE_RWX = PTE_R | PTE_W | PTE_X,
    PTE_AD = PTE_A | PTE_D,
    NAPOT_PAGES = 16, // one group of 64 KiB
};
#define PTE_N (1ul << 63)
#define SUPERPAGE 0x200000ul
enum { SV39 = 8, SV48 = 9 };
enum { CAUSE_ECALL_U = 8, CAUSE_ECALL_VS = 10, CAUSE_STORE_PAGE = 15 };

#define CSR_READ(csr)                                                                              \
    __extension__({                                                                                \
        uint64_t v_;                                                                               \
        __asm__ volatile("csrr %0, " csr : "=r"(v_)::"memory");                                    \
        v_;                                                                                        \
    })
#define CSR_WRITE(csr, value)                                                                      \
    __asm__ volatile("csrw " csr ", %0" ::"r"((uint64_t)(value)) : "memory")
#define VSSTATUS "0x200"
#define VSTVEC "0x205"
#define VSATP "0x280"
#define HSTATUS "0x600"
#define HEDELEG "0x602"
#define HTVAL "0x643"
#define HGATP "0x680"
#define MBMC "0xbc2"

// Calls from VS to HS (a7), and from HS to M (a7).
enum { CALL_YIELD, CALL_UNMAP, CALL_PEEK, CALL_DONE };
enum { M_PEEK, M_HAS, M_EXIT }; // M_HAS: bit 0 the Shield-Bitmap, bit 1 mstatus.MPV

// Where things lie for a guest. Its image is loaded at GUEST_RAM (guest physical), its kernel runs
// at KERNEL once its tables are on, user code and data have addresses of their own.
#define GUEST_RAM 0x80000000ul
#define GUEST_POOL 0x90000000ul // data pages, host memory comes on demand
#define GUEST_NAPOT 0xa0000000ul
#define KERNEL 0xffffffc000000000ul
#define USER_CODE 0x40000000ul
#define USER_DATA 0x50000000ul
#define USER_BIG 0x60000000ul
#define USER_NAPOT 0x70000000ul
enum { PROCESSES = 2 };
#ifdef HYP_SMALL // one round, for a log of some 100,000 instructions
enum { DATA_PAGES = 12, ROUNDS = 1, TOUCHES = 45 };
#else
enum { DATA_PAGES = 96, ROUNDS = 6, TOUCHES = 1500 };
#endif
// A word of memory that no one writes: more rounds, for whoever wants a machine that runs for long
// (-device loader,addr=0x87000000,data=1000000,data-len=8).
#define MORE_ROUNDS 0x87000000ul

// Index of va in a table of this level; the 0 of a table of the G stage is two bits wider.
static inline uint64_t table_index(uint64_t va, unsigned level)
{
    return va >> (12 + 9 * level) & 511;
}

struct outcome {
    uint64_t value, trapped;
};
#endif
