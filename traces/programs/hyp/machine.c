// SPDX-License-Identifier: MulanPSL-2.0
// M mode of the small hypervisor: what the machine has, delegation, services for HS.
#include "hyp.h"

void machine_setup(void);
uint64_t machine_call(uint64_t a, uint64_t seen, uint64_t number);
uint64_t machine_peek(uint64_t va);
void machine_exit(uint64_t status);

// One bit per page of the 56-bit space is too much: the part that holds our memory, 1 GiB, is
// what the bitmap covers; all of it belongs to the normal world. MBMC: BMA, BME (docs/spec B 4.1).
enum { RAM_PAGES = 1 << 18 };
static uint64_t bitmap[RAM_PAGES / 64] __attribute__((aligned(PAGE)));
static bool bitmap_on, mpv;

// Only a machine with the Shield-Bitmap has MBMC; elsewhere the probe traps (a1).
static bool has_bitmap(void)
{
    register uint64_t trapped __asm__("a1") = 0;
    uint64_t v;

    __asm__ volatile("csrr %0, " MBMC : "=r"(v), "+r"(trapped));
    return !trapped;
}

void machine_setup(void)
{
    uint64_t traps = 1ul << 0 | 1ul << 3 | 1ul << CAUSE_ECALL_U | 1ul << CAUSE_ECALL_VS | 0xb000 | 0xf00000;

    CSR_WRITE("pmpaddr0", -1ul);
    CSR_WRITE("pmpcfg0", 0x1f); // one region, everything allowed
    CSR_WRITE("medeleg", traps);
    __asm__ volatile("csrs mstatus, %0" ::"r"(1ul << 39));
    mpv = CSR_READ("mstatus") >> 39 & 1; // QEMU 11.1 does not take it
    __asm__ volatile("csrc mstatus, %0" ::"r"(1ul << 39));
    if (has_bitmap()) {
        // The bitmap begins at physical page 0: our first word is that of 0x80000000.
        uint64_t base = (uint64_t)(uintptr_t)bitmap - (0x80000000ul >> 12) / 8;
        CSR_WRITE(MBMC, base | 4);
        bitmap_on = true;
    }
}

// seen: what HS sees there.
uint64_t machine_call(uint64_t a, uint64_t seen, uint64_t number)
{
    if (number == M_PEEK)
        return !mpv || machine_peek(a) == seen;
    if (number == M_HAS)
        return bitmap_on | mpv << 1;
    machine_exit(a);
    return 0;
}
