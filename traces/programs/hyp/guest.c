// SPDX-License-Identifier: MulanPSL-2.0
// A guest of the small hypervisor: a kernel (VS) with two processes (VU), each with its own tables.
// It begins with its tables off, builds them, and moves to its high addresses; pages of processes
// come on demand. Nothing here may hold an absolute address: the code runs at three of them.
#include "hyp.h"

enum { TABLES = 64 };
static uint64_t table[TABLES][512] __attribute__((aligned(PAGE)));
static unsigned tables;

// What enter_user() saves and restores: pc, x1..x31, then the kernel's registers.
struct user {
    uint64_t pc, x[31], kernel[16];
};
static struct process {
    struct user user;
    uint64_t *root, satp;
    unsigned number;
} process[PROCESSES], *running;
static uint64_t vm, levels, delta; // delta: of our addresses to guest physical ones, 0 at first
static uint64_t faults;

void guest_main(uint64_t number, uint64_t mode, uint64_t napot, uint64_t more);
void guest_fault(struct user *u);
uint64_t enter_user(struct user *u);
uint64_t hypercall(uint64_t a, uint64_t b, uint64_t c, uint64_t number);
void move_up(uint64_t satp, uint64_t by);

static uint64_t physical(const void *p)
{
    return (uint64_t)(uintptr_t)p - delta;
}
static uint64_t *pointer(uint64_t gpa)
{
    return (uint64_t *)(uintptr_t)(gpa + delta);
}

static void map(uint64_t *root, uint64_t va, uint64_t gpa, unsigned leaf, uint64_t flags)
{
    unsigned level = (unsigned)levels - 1;

    for (; level > leaf; level--) {
        uint64_t *e = &root[table_index(va, level)];
        if (!(*e & PTE_V))
            *e = physical(table[tables++]) >> 12 << 10 | PTE_V;
        root = pointer(*e >> 10 << 12);
    }
    root[table_index(va, level)] = gpa >> 12 << 10 | flags | PTE_V;
}

static uint64_t *leaf_of(uint64_t *root, uint64_t va)
{
    for (unsigned level = (unsigned)levels - 1;; level--) {
        uint64_t *e = &root[table_index(va, level)];
        if (!(*e & PTE_V) || *e & PTE_RWX || level == 0)
            return e;
        root = pointer(*e >> 10 << 12);
    }
}

// --- user mode -----------------------------------------------------------------------------------
// Touches words in a hashed order; each holds nothing or its own tag. Returns how many held
// something else, and ends with a call to the kernel.
__attribute__((noinline, aligned(PAGE), section(".text.user"))) static void
user_main(uint64_t tag, uint64_t base, uint64_t pages, uint64_t touches)
{
    uint64_t wrong = 0, x = tag;

    for (uint64_t i = 0; i < touches; i++) {
        x = x * 6364136223846793005ul + 1442695040888963407ul;
        volatile uint64_t *p =
            (volatile uint64_t *)(base + (x >> 33) % pages * PAGE + (x >> 20 & 0x7f8));
        uint64_t v = *p, want = tag ^ (uint64_t)(uintptr_t)p;
        wrong += v != 0 && v != want;
        if (x >> 60 < 6)
            *p = want;
    }
    register uint64_t a0 __asm__("a0") = wrong;
    __asm__ volatile("ecall" : "+r"(a0)::"memory");
}

static uint64_t turn(struct process *p, uint64_t base, uint64_t pages, uint64_t touches)
{
    uint64_t code = (uint64_t)(uintptr_t)user_main - delta - GUEST_RAM;

    running = p;
    CSR_WRITE("satp", p->satp); // by ASID: nothing is fenced
    p->user.pc = USER_CODE + code;
    p->user.x[1] = USER_DATA + DATA_PAGES * PAGE - 16;
    p->user.x[9] = (vm + 1) << 56 | (uint64_t)p->number << 48; // a0 to a3
    p->user.x[10] = base;
    p->user.x[11] = pages;
    p->user.x[12] = touches;
    return enter_user(&p->user);
}

// A page fault of user mode: the first touch of a page, or the first store to a clean one.
void guest_fault(struct user *u)
{
    uint64_t va = CSR_READ("stval") & ~(uint64_t)(PAGE - 1), cause = CSR_READ("scause");
    uint64_t i = (va - USER_DATA) / PAGE, asid = running->satp >> 44 & 0xffff;
    uint64_t *e = leaf_of(running->root, va);

    (void)u;
    if (i >= DATA_PAGES || (cause != 13 && cause != CAUSE_STORE_PAGE))
        hypercall(100 + cause, va, 0, CALL_DONE);
    faults++;
    if (*e & PTE_V)
        *e |= PTE_AD;
    else
        map(running->root, va,
            GUEST_POOL + (running->number * DATA_PAGES + i * 37 % DATA_PAGES) * PAGE, 0,
            PTE_U | PTE_R | PTE_W | PTE_A | (cause == CAUSE_STORE_PAGE ? PTE_D : 0));
    __asm__ volatile("sfence.vma %0, %1" ::"r"(va), "r"(asid) : "memory");
}

// --- kernel --------------------------------------------------------------------------------------
static void build(struct process *p, unsigned number, uint64_t mode, uint64_t napot)
{
    uint64_t data = PTE_U | PTE_R | PTE_W | PTE_AD,
             big = GUEST_POOL + SUPERPAGE + number * SUPERPAGE;

    p->number = number;
    p->root = table[tables++];
    p->satp = mode << 60 | (uint64_t)(number + 1) << 44 | physical(p->root) >> 12;
    map(p->root, KERNEL, GUEST_RAM, 1, PTE_RWX | PTE_G | PTE_AD);
    for (uint64_t i = 0; i < 8; i++) // what user mode may execute
        map(p->root, USER_CODE + i * PAGE, GUEST_RAM + i * PAGE, 0, PTE_U | PTE_R | PTE_X | PTE_A);
    map(p->root, USER_BIG, big, 1, data);
    for (uint64_t i = 0; i < NAPOT_PAGES; i++)
        map(p->root, USER_NAPOT + i * PAGE,
            napot ? GUEST_NAPOT + NAPOT_PAGES / 2 * PAGE : GUEST_NAPOT + i * PAGE, 0,
            data | (napot ? PTE_N : 0));
}

// Every other page of the data is unmapped; the hypervisor takes the memory of some.
static void shrink(struct process *p, uint64_t round)
{
    uint64_t asid = p->satp >> 44 & 0xffff;

    for (uint64_t i = round & 1; i < DATA_PAGES; i += 2) {
        uint64_t va = USER_DATA + i * PAGE, *e = leaf_of(p->root, va);
        if (!(*e & PTE_V) || i == DATA_PAGES - 1)
            continue;
        if (i % 5 == 0)
            hypercall(*e >> 10 << 12, 0, 0, CALL_UNMAP);
        *e = 0;
        if (round & 1)
            __asm__ volatile("sfence.vma %0, %1" ::"r"(va), "r"(asid) : "memory");
    }
    if (!(round & 1))
        __asm__ volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
}

// What the hypervisor sees of one word of user data, one of the kernel and one instruction.
static void show(struct process *p)
{
    uint64_t va = USER_DATA + 3 * PAGE + 2048;

    hypercall(va, (uint64_t)p->number, (uint64_t)(uintptr_t)&process[0].satp, CALL_PEEK);
}

static void kernel(uint64_t napot, uint64_t rounds)
{
    uint64_t wrong = 0;

    for (uint64_t round = 0; round < rounds; round++)
        for (unsigned i = 0; i < PROCESSES; i++) {
            struct process *p = &process[i];
            wrong += turn(p, USER_DATA, DATA_PAGES - 1, TOUCHES);
            wrong += turn(p, USER_BIG, SUPERPAGE / PAGE, TOUCHES / 5);
            if (i == 0) // both processes map this memory, one uses it
                wrong += turn(p, USER_NAPOT, NAPOT_PAGES, TOUCHES * 2 / 15);
            show(p);
            hypercall(0, 0, 0, CALL_YIELD);
            shrink(p, round);
        }
    __asm__ volatile("sfence.vma" ::: "memory");
    hypercall(wrong, faults, napot, CALL_DONE);
}

// Behind move_up(): everything that is called from here on finds its own high addresses.
static __attribute__((noinline)) void settle(uint64_t up, uint64_t napot, uint64_t rounds)
{
    delta = up;
    for (unsigned i = 0; i < PROCESSES; i++)
        process[i].root = (uint64_t *)(uintptr_t)((uint64_t)(uintptr_t)process[i].root + up);
    *leaf_of(process[0].root, GUEST_RAM) = 0;
    __asm__ volatile("sfence.vma %0, zero" ::"r"(GUEST_RAM) : "memory");
    kernel(napot, rounds);
}

// a0 to a3 of the first entry: number of the VM, mode of vsatp, whether there is NAPOT, more
// rounds.
void guest_main(uint64_t number, uint64_t mode, uint64_t napot, uint64_t more)
{
    vm = number;
    levels = mode == SV48 ? 4 : 3;
    for (unsigned i = 0; i < PROCESSES; i++)
        build(&process[i], i, mode, napot);
    map(process[0].root, GUEST_RAM, GUEST_RAM, 1, PTE_RWX | PTE_AD); // for the step up
    move_up(process[0].satp, KERNEL - GUEST_RAM);
    settle(KERNEL - GUEST_RAM, napot, ROUNDS + more);
}
