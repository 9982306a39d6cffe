// SPDX-License-Identifier: MulanPSL-2.0
// HS mode of the small hypervisor: its own tables, two VMs with a G stage that grows on demand,
// world switches at their hypercalls. Ends by itself with one line that says what was done.
#include "hyp.h"

enum { VMS = 2, POOL_PAGES = 4096, TABLE_PAGES = 256 };

extern uint64_t guest_start[], guest_zeros[]; // what is copied; zeros follow
static uint64_t pool[POOL_PAGES][512] __attribute__((aligned(SUPERPAGE)));
static uint64_t tables[TABLE_PAGES][512] __attribute__((aligned(4 * PAGE)));
static unsigned pool_used, tables_used;
static uint64_t *given_back; // pages of the pool, each names the next

// What enter_guest() saves and restores (start.S), and what a world switch exchanges.
struct vcpu {
    uint64_t pc, x[31], host[16];
    uint64_t hgatp, vsatp, vsstatus, vstvec, vsscratch, vsepc, vscause, vstval, hstatus, sstatus;
    uint64_t *root, levels;
    unsigned number;
    bool done;
};
static struct vcpu vm[VMS];
static uint64_t switches, faults, peeks, wrong, napot;

void host_main(void);
void enter_guest(struct vcpu *v);
void host_trapped(void);
struct outcome plain_load(uint64_t va);
struct outcome hlv_d(uint64_t va);
struct outcome hlvx_wu(uint64_t va);
struct outcome hsv_d(uint64_t va, uint64_t value);

static void put(const char *s)
{
    volatile uint8_t *uart = (volatile uint8_t *)0x10000000ul;

    for (; *s; s++) {
        while (!(uart[5] & 0x20))
            ;
        *uart = (uint8_t)*s;
    }
}

static void put_number(const char *before, uint64_t n, const char *after)
{
    char text[21], *p = &text[20];

    *p = 0;
    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    put(before);
    put(p);
    put(after);
}

static uint64_t machine(uint64_t a, uint64_t b, uint64_t number)
{
    register uint64_t a0 __asm__("a0") = a;
    register uint64_t a1 __asm__("a1") = b;
    register uint64_t a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a7) : "memory");
    return a0;
}

static _Noreturn void stop(const char *why, uint64_t number)
{
    put_number("hyp: FAILED: ", number, " ");
    put(why);
    put("\n");
    machine(1, 0, M_EXIT);
    for (;;)
        ;
}

// --- memory and tables ---------------------------------------------------------------------------
static uint64_t *new_pages(unsigned n)
{
    unsigned at = (pool_used + n - 1) / n * n;

    if (n == 1 && given_back) {
        uint64_t *page = given_back;
        given_back = (uint64_t *)(uintptr_t)page[0];
        for (unsigned i = 0; i < PAGE / 8; i++)
            page[i] = 0;
        return page;
    }
    if (at + n > POOL_PAGES)
        stop("pages of the pool are used", pool_used);
    pool_used = at + n;
    return pool[at]; // never used: zero, as memory is at the start
}

// Host memory is addressed as it is: HS maps it one to one.
static uint64_t *new_table(unsigned n)
{
    uint64_t *t = tables[tables_used];

    tables_used += n;
    if (tables_used > TABLE_PAGES)
        stop("tables are used", tables_used);
    return t;
}

static uint64_t *entry(uint64_t *root, unsigned levels, uint64_t va, unsigned leaf, bool x4)
{
    unsigned level = levels - 1;
    uint64_t *e = &root[x4 ? va >> (12 + 9 * level) & 2047 : table_index(va, level)];

    for (; level > leaf; level--) {
        if (!(*e & PTE_V))
            *e = (uint64_t)(uintptr_t)new_table(1) >> 12 << 10 | PTE_V;
        e = (uint64_t *)(uintptr_t)(*e >> 10 << 12) + table_index(va, level - 1);
    }
    return e;
}

static uint64_t leaf(const uint64_t *page, uint64_t flags)
{
    return (uint64_t)(uintptr_t)page >> 12 << 10 | flags | PTE_V | PTE_A | PTE_D;
}

// The hypervisor's own tables: all memory in one gigapage, the UART in a megapage, and one group of
// 64 KiB that tells whether there is Svnapot.
static void map_host(void)
{
    uint64_t *root = new_table(1), *group = new_pages(NAPOT_PAGES), probe = 0x200000000ul;

    *entry(root, 3, 0x80000000ul, 2, false) = leaf((uint64_t *)0x80000000ul, PTE_RWX | PTE_G);
    *entry(root, 3, 0x10000000ul, 1, false) = leaf((uint64_t *)0x10000000ul, PTE_R | PTE_W | PTE_G);
    for (uint64_t i = 0; i < NAPOT_PAGES; i++)
        *entry(root, 3, probe + i * PAGE, 0, false) =
            leaf(group + NAPOT_PAGES / 2 * 512, PTE_R | PTE_W | PTE_N);
    group[5 * 512] = 0x4e41504f54;
    CSR_WRITE("satp", (uint64_t)SV39 << 60 | (uint64_t)(uintptr_t)root >> 12);
    __asm__ volatile("sfence.vma" ::: "memory");
    struct outcome o = plain_load(probe + 5 * PAGE);
    napot = !o.trapped && o.value == 0x4e41504f54;
}

static void fence_gvma(uint64_t gpa, uint64_t vmid) // hfence.gvma a0 >> 2, a1
{
    __asm__ volatile(".insn r 0x73, 0, 0x31, x0, %0, %1" ::"r"(gpa >> 2), "r"(vmid) : "memory");
}

// --- VMs -----------------------------------------------------------------------------------------
static bool mode_is_there(uint64_t mode)
{
    bool there;

    CSR_WRITE(HGATP, mode << 60);
    there = CSR_READ(HGATP) >> 60 == mode;
    CSR_WRITE(VSATP, mode << 60);
    there = there && CSR_READ(VSATP) >> 60 == mode;
    CSR_WRITE(HGATP, 0);
    CSR_WRITE(VSATP, 0);
    return there;
}

static void create(struct vcpu *v, unsigned number)
{
    uint64_t mode = number == 1 && mode_is_there(SV48) ? SV48 : SV39, vmid = number + 1;
    uint64_t *ram = new_pages(SUPERPAGE / PAGE), size = (uint64_t)(guest_zeros - guest_start);

    v->number = number;
    v->levels = mode == SV48 ? 4 : 3;
    new_table((4 - tables_used % 4) % 4); // a root of the G stage is 16 KiB, aligned
    v->root = new_table(4);
    v->hgatp = mode << 60 | vmid << 44 | (uint64_t)(uintptr_t)v->root >> 12;
    for (uint64_t i = 0; i < size; i++)
        ram[i] = guest_start[i];
    if (number == 0)
        *entry(v->root, (unsigned)v->levels, GUEST_RAM, 1, true) = leaf(ram, PTE_RWX | PTE_U);
    for (uint64_t i = 0; number && i < SUPERPAGE / PAGE; i++)
        *entry(v->root, (unsigned)v->levels, GUEST_RAM + i * PAGE, 0, true) =
            leaf(ram + i * 512, PTE_RWX | PTE_U);
    v->pc = GUEST_RAM;
    v->x[1] = GUEST_RAM + SUPERPAGE - 16;
    v->x[9] = number;
    v->x[10] = mode;
    v->x[11] = napot;
    v->x[12] = *(volatile uint64_t *)MORE_ROUNDS;
    v->hstatus = 1ul << 7 | 2ul << 32;                      // SPV; VSXL
    v->sstatus = (CSR_READ("sstatus") & ~0x122ul) | 1 << 8; // SPP, no interrupts
    __asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, %0" ::"r"(vmid)
                     : "memory"); // hfence.gvma x0, vmid
}

// The guest touched what its G stage lacks: a page, or a group of 64 KiB where that exists.
static void demand(struct vcpu *v)
{
    uint64_t gpa = CSR_READ(HTVAL) << 2 & ~(uint64_t)(PAGE - 1), group = NAPOT_PAGES * PAGE;
    uint64_t flags = PTE_R | PTE_W | PTE_U;

    if (gpa >= GUEST_POOL && gpa < GUEST_POOL + 4 * SUPERPAGE)
        *entry(v->root, (unsigned)v->levels, gpa, 0, true) = leaf(new_pages(1), flags);
    else if (gpa >= GUEST_NAPOT && gpa < GUEST_NAPOT + group) {
        uint64_t *host = new_pages(NAPOT_PAGES);
        for (uint64_t i = 0; i < NAPOT_PAGES; i++)
            *entry(v->root, (unsigned)v->levels, GUEST_NAPOT + i * PAGE, 0, true) =
                leaf(host + (napot ? NAPOT_PAGES / 2 : i) * 512, flags | (napot ? PTE_N : 0));
    } else
        stop("is an address that no VM has", gpa);
    faults++;
    fence_gvma(gpa, v->number + 1);
}

// Looks into the guest from HS (HLV, HLVX, HSV) and from M (MPRV), after fences of each form.
static void peek(uint64_t user, uint64_t process, uint64_t kernel)
{
    uint64_t asid = process + 1;

    __asm__ volatile(".insn r 0x73, 0, 0x11, x0, %0, %1" ::"r"(user), "r"(asid) : "memory");
    __asm__ volatile(".insn r 0x73, 0, 0x11, x0, x0, %0" ::"r"(asid) : "memory");
    __asm__ volatile(".insn r 0x73, 0, 0x11, x0, %0, x0" ::"r"(kernel) : "memory");
    CSR_WRITE(HSTATUS, CSR_READ(HSTATUS) & ~(1ul << 8)); // as U
    struct outcome a = hlv_d(user), code = hlvx_wu(USER_CODE);
    struct outcome b = hsv_d(user, a.value);          // traps where the page is clean
    CSR_WRITE(HSTATUS, CSR_READ(HSTATUS) | 1ul << 8); // as S
    struct outcome c = hlv_d(kernel);
    wrong += a.trapped || code.trapped || c.trapped || code.value != (uint32_t)guest_start[0];
    wrong += b.trapped && b.trapped != CAUSE_STORE_PAGE + 1;
    wrong += !machine(kernel, c.value, M_PEEK);
    peeks++;
}

static void unmap(struct vcpu *v, uint64_t gpa)
{
    uint64_t *e = entry(v->root, (unsigned)v->levels, gpa, 0, true);
    uint64_t *page = (uint64_t *)(uintptr_t)(*e >> 10 << 12);

    *e = 0;
    fence_gvma(gpa, v->number + 1);
    page[0] = (uint64_t)(uintptr_t)given_back;
    given_back = page;
}

// Returns true when another VM is to run.
static bool call(struct vcpu *v)
{
    uint64_t a = v->x[9], b = v->x[10], c = v->x[11];

    v->pc += 4;
    switch (v->x[16]) {
    case CALL_YIELD:
        return true;
    case CALL_UNMAP:
        unmap(v, a);
        return false;
    case CALL_PEEK:
        peek(a, b, c);
        return false;
    default:
        v->done = true;
        wrong += a;
        put_number("hyp: VM ", v->number, "");
        put_number(v->levels == 4 ? " Sv48 over Sv48x4: " : " Sv39 over Sv39x4: ", b,
                   " page faults, ");
        put_number("", a, " wrong words\n");
        return true;
    }
}

static void run(struct vcpu *v)
{
    CSR_WRITE(HGATP, v->hgatp);
    CSR_WRITE(VSATP, v->vsatp);
    CSR_WRITE(VSSTATUS, v->vsstatus);
    CSR_WRITE(VSTVEC, v->vstvec);
    CSR_WRITE("0x240", v->vsscratch);
    CSR_WRITE("0x241", v->vsepc);
    CSR_WRITE("0x242", v->vscause);
    CSR_WRITE("0x243", v->vstval);
    for (bool leave = false; !leave;) {
        uint64_t cause;
        CSR_WRITE(HSTATUS, v->hstatus);
        CSR_WRITE("sstatus", v->sstatus);
        enter_guest(v);
        v->hstatus = CSR_READ(HSTATUS);
        v->sstatus = CSR_READ("sstatus");
        cause = CSR_READ("scause");
        if (cause == CAUSE_ECALL_VS)
            leave = call(v);
        else if (cause == 20 || cause == 21 || cause == 23)
            demand(v);
        else
            stop("is a cause that nobody expects", cause);
    }
    v->vsatp = CSR_READ(VSATP);
    v->vsstatus = CSR_READ(VSSTATUS);
    v->vstvec = CSR_READ(VSTVEC);
    v->vsscratch = CSR_READ("0x240");
    v->vsepc = CSR_READ("0x241");
    v->vscause = CSR_READ("0x242");
    v->vstval = CSR_READ("0x243");
    switches++;
}

void host_main(void)
{
    uint64_t has = machine(0, 0, M_HAS);
    unsigned left = VMS;

    CSR_WRITE("stvec", (uint64_t)(uintptr_t)host_trapped);
    CSR_WRITE(HEDELEG, 1ul << CAUSE_ECALL_U | 0xb000);
    map_host();
    for (unsigned i = 0; i < VMS; i++)
        create(&vm[i], i);
    for (unsigned i = 0; left; i = (i + 1) % VMS) {
        if (vm[i].done)
            continue;
        run(&vm[i]);
        left -= vm[i].done;
    }
    __asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, x0" ::: "memory"); // hfence.gvma
    __asm__ volatile(".insn r 0x73, 0, 0x11, x0, x0, x0" ::: "memory"); // hfence.vvma
    put_number("hyp: ", switches, " world switches, ");
    put_number("", faults, " guest page faults, ");
    put_number("", peeks, " looks into guests, ");
    put(napot ? "NAPOT yes, MPV " : "NAPOT no, MPV ");
    put(has & 2 ? "yes, bitmap " : "no, bitmap ");
    put(has & 1 ? "yes, " : "no, ");
    put_number("", wrong, " wrong\n");
    machine(wrong != 0, 0, M_EXIT);
    for (;;)
        ;
}
