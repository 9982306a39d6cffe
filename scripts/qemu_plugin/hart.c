// SPDX-License-Identifier: MulanPSL-2.0
// What each hart does: context, fetches, loads and stores, fences, as records of its trace.
//
// Context is read at the start of a block after each SYSTEM instruction and after each change of
// mode: what changes it ends a block. QEMU keeps the registers of the running world in place: with
// V = 1, satp and mstatus are the guest's and those of HS are not to be seen, so a hart's trace
// begins in a block with V = 0.
#include "scripts/qemu_plugin/machine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { POLL = 4096 }; // blocks

static const uint16_t context_csr[CONTEXT] = {GVT_SATP,   GVT_VSATP, GVT_HGATP, GVT_MXR,
                                              GVT_SUM,    GVT_VMXR,  GVT_VSUM,  GVT_SPVP,
                                              GVT_MPBMTE, GVT_HPBMTE};

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static void put(struct hart *h, const struct trace_record *r)
{
    if (!trace_put(h->rec.out, r))
        snprintf(vm.trouble, sizeof vm.trouble, "%s", trace_writer_error(h->rec.out));
}

// Reads what translation depends on.
static void read_context(struct hart *h, uint64_t value[CONTEXT])
{
    uint64_t p = qemu_register(h->reg[R_PRIV]), ms = qemu_register(h->reg[R_MSTATUS]), vs = ms;

    memcpy(value, h->value, sizeof h->value);
    h->priv = p & 3;
    h->virt = p >> 2 & 1;
    h->mstatus = ms;
    if (h->virt)
        value[C_VSATP] = qemu_register(h->reg[R_SATP]);
    else {
        value[C_SATP] = qemu_register(h->reg[R_SATP]);
        value[C_VSATP] = qemu_register(h->reg[R_VSATP]);
        value[C_MXR] = ms >> 19 & 1;
        value[C_SUM] = ms >> 18 & 1;
        vs = qemu_register(h->reg[R_VSSTATUS]);
    }
    value[C_HGATP] = qemu_register(h->reg[R_HGATP]);
    value[C_VMXR] = vs >> 19 & 1;
    value[C_VSUM] = vs >> 18 & 1;
    value[C_SPVP] = qemu_register(h->reg[R_HSTATUS]) >> 8 & 1;
    value[C_MPBMTE] = qemu_register(h->reg[R_MENVCFG]) >> 62 & 1;
    value[C_HPBMTE] = qemu_register(h->reg[R_HENVCFG]) >> 62 & 1;
}

static void adopt(struct hart *h, const uint64_t value[CONTEXT])
{
    memcpy(h->value, value, sizeof h->value);
    // A and D: by hardware where QEMU does it; their changes are found in memory (tables.h).
    h->regs = (struct rv_regs){.xlen = 64,
                               .satp = value[C_SATP],
                               .vsatp = value[C_VSATP],
                               .hgatp = value[C_HGATP],
                               .mxr = value[C_MXR],
                               .sum = value[C_SUM],
                               .vsmxr = value[C_VMXR],
                               .vssum = value[C_VSUM],
                               .m_pbmte = value[C_MPBMTE],
                               .h_pbmte = value[C_HPBMTE],
                               .m_adue = true,
                               .h_adue = true};
    h->context = 0;
    for (unsigned i = 0; i < CONTEXT; i++)
        h->context = mix(h->context, value[i]);
}

// The hart's context now; its changes go to its trace. False: the hart has not begun.
static bool update_context(struct hart *h)
{
    uint64_t value[CONTEXT], old[CONTEXT];
    bool first = !h->begun;

    read_context(h, value);
    if (first && h->virt)
        return false;
    memcpy(old, h->value, sizeof old);
    adopt(h, value);
    if (!vm.begun && !machine_begin(h)) {
        machine_end();
        return false;
    }
    h->begun = true;
    if (first || value[C_SATP] != old[C_SATP] || value[C_VSATP] != old[C_VSATP] ||
        value[C_HGATP] != old[C_HGATP])
        vm_tables_roots(vm.tables, &h->regs);
    for (unsigned i = 0; i < CONTEXT; i++) {
        const struct trace_record r = {.kind = TRACE_CSR, .csr = context_csr[i], .value = value[i]};
        if (!first && value[i] == old[i])
            continue;
        recorder_forget(&h->rec);
        put(h, &r);
    }
    return true;
}

// Does our walk of the tables, as the trace has them, give what QEMU used? pa UINT64_MAX: it does
// not say.
static void compare(struct hart *h, const struct trace_record *r, uint64_t pa)
{
    const struct rv_request q = {.va = r->addr,
                                 .priv = r->priv,
                                 .virt = r->virt || r->hyp,
                                 .access = r->op == GVT_FETCH                       ? RV_FETCH
                                           : r->op == GVT_STORE || r->op == GVT_AMO ? RV_WRITE
                                           : r->hlvx                                ? RV_READ_X
                                                                                    : RV_READ};
    uint64_t page = r->addr >> 12, mode = (uint64_t)(q.priv | q.virt << 2 | q.access << 3);
    uint64_t context = mix(h->context, mode), changes = vm_tables_changes(vm.tables);
    struct seen *s = &vm.seen[mix(context, page) >> 50],
                now = {page, context, pa & ~UINT64_C(0xfff), changes};
    static unsigned shown;

    if (r->priv == GVT_M || memcmp(s, &now, sizeof now) == 0)
        return;
    vm.compared++;
    if (!vm_tables_walk(vm.tables, &h->regs, &q, pa)) {
        vm.differ++;
        if (shown++ < 5)
            fprintf(stderr,
                    "gvt_plugin: our walk of %" PRIx64
                    " (priv %u, V %d, access %u) is not QEMU's %" PRIx64 "\n",
                    r->addr, q.priv, q.virt, q.access, pa);
    }
    now.changes = vm_tables_changes(vm.tables);
    *s = now;
}

// Counts what the recorder has taken of the accesses of mode r.
static void count(struct hart *h, const struct trace_record *r, uint64_t before, bool fine)
{
    if (!fine)
        snprintf(vm.trouble, sizeof vm.trouble, "a trace could not be written");
    vm.accesses += h->rec.count - before;
    if (r->virt || r->hyp)
        vm.guests += h->rec.count - before;
    if ((vm.o.limit && vm.accesses >= vm.o.limit) || (vm.o.guests && vm.guests >= vm.o.guests))
        machine_end();
}

// A block may be shared by all virtual addresses of its code, with that of its translation (QEMU
// 11): the register tells. Where a chain of blocks leaves it behind, it lies elsewhere in a page.
static uint64_t block_address(const struct hart *h, const struct block *b)
{
    uint64_t pc = qemu_register(h->reg[R_PC]);

    return (pc ^ b->addr) & 0xfff ? b->addr : pc;
}

// HLVX reads what may be executed: for QEMU a fetch, of which plugins are told nothing. The
// instruction says before it reads where it will, and what runs next that it did.
static void read_by_hlvx(struct hart *h)
{
    struct trace_record r = {.kind = TRACE_ACCESS,
                             .op = GVT_LOAD,
                             .addr = h->hlvx.addr,
                             .size = h->hlvx.size,
                             .priv = h->value[C_SPVP] ? GVT_S : GVT_U,
                             .hyp = true,
                             .hlvx = true};
    uint64_t before = h->rec.count;

    h->hlvx.due = false;
    compare(h, &r, UINT64_MAX);
    count(h, &r, before, recorder_access(&h->rec, CLASS_LOAD, &r));
}

static void on_hlvx(unsigned cpu, void *udata)
{
    struct hart *h = &vm.hart[cpu % HARTS];
    uint32_t code = (uint32_t)(uintptr_t)udata;

    pthread_mutex_lock(&vm.lock);
    if (vm.recording && h->begun) {
        h->hlvx.due = true;
        h->hlvx.size = code >> 25 == 0x32 ? 2 : 4; // HLVX.HU, HLVX.WU
        h->hlvx.addr = qemu_register(h->x[code >> 15 & 31]);
        h->hlvx.next = h->block + ((uintptr_t)udata >> 32);
    }
    pthread_mutex_unlock(&vm.lock);
}

static void on_insn_after_hlvx(unsigned cpu, void *udata)
{
    struct hart *h = &vm.hart[cpu % HARTS];

    (void)udata;
    pthread_mutex_lock(&vm.lock);
    if (vm.recording && h->hlvx.due)
        read_by_hlvx(h);
    pthread_mutex_unlock(&vm.lock);
}

static void block_of(struct hart *h, const struct block *b)
{
    struct trace_record r = {
        .kind = TRACE_ACCESS, .op = GVT_FETCH, .addr = block_address(h, b), .size = 1};
    uint64_t p = qemu_register(h->reg[R_PRIV]), before;
    bool begun = h->begun, virt = h->virt;
    uint8_t priv = h->priv;

    if (h->hlvx.due && r.addr == h->hlvx.next)
        read_by_hlvx(h);
    if (!vm.recording) // that was the last
        return;
    h->hlvx.due = false;
    h->block = r.addr;
    before = h->rec.count;
    if (!begun || h->stale || (p & 3) != priv || (p >> 2 & 1) != virt) {
        if (!update_context(h))
            return;
        if (begun && (h->priv > priv || (virt && !h->virt))) { // a trap
            const struct trace_record flush = {.kind = TRACE_REDIRECT};
            put(h, &flush);
        }
    }
    h->stale = b->system;
    r.priv = h->priv;
    r.virt = h->virt;
    compare(h, &r, UINT64_MAX);
    count(h, &r, before, recorder_block(&h->rec, r.addr, b->bytes, b->insns, &r));
}

static void on_block(unsigned cpu, void *udata)
{
    struct hart *h = &vm.hart[cpu % HARTS];

    pthread_mutex_lock(&vm.lock);
    if (vm.recording && h->there && vm.o.skip == 0)
        block_of(h, udata);
    if (vm.recording && h->blocks++ % POLL == 0 && machine_enough())
        machine_end();
    pthread_mutex_unlock(&vm.lock);
}

enum { ACCESS_OP = 15, ACCESS_HYP = 16, ACCESS_HLVX = 32 };

static void access_of(struct hart *h, qemu_plugin_meminfo_t info, uint64_t addr, unsigned what)
{
    struct trace_record r = {.kind = TRACE_ACCESS, .addr = addr, .priv = h->priv, .virt = h->virt};
    const struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, addr);
    bool memory = hw && !qemu_plugin_hwaddr_is_io(hw), store = qemu_plugin_mem_is_store(info);
    uint64_t pa = memory ? qemu_plugin_hwaddr_phys_addr(hw) : 0, before = h->rec.count;
    unsigned op = what & ACCESS_OP, class;

    r.size = (uint16_t)(1u << qemu_plugin_mem_size_shift(info));
    if (what & ACCESS_HYP) {
        r.hyp = true;
        r.hlvx = what & ACCESS_HLVX;
        if (r.hlvx)
            h->hlvx.due = false; // a QEMU that tells plugins of it
        r.virt = false;
        r.priv = h->value[C_SPVP] ? GVT_S : GVT_U;
    } else if (h->priv == GVT_M && h->mstatus >> 17 & 1) { // MPRV
        r.priv = h->mstatus >> 11 & 3;
        r.virt = r.priv != GVT_M && h->mstatus >> 39 & 1;
    }
    if (recorder_op(&op, &class, store)) {
        r.op = (uint8_t)op;
        if (h->begun && memory)
            compare(h, &r, pa);
        if (h->begun)
            count(h, &r, before, recorder_access(&h->rec, class, &r));
    }
    // What a store changes comes behind it; after the last access there is no trace any more.
    if (vm.recording && vm.begun && store && memory)
        vm_tables_store(vm.tables, pa, r.size, h->priv == GVT_U);
    if (vm.o.skip)
        vm.o.skip--;
}

static void on_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t addr, void *udata)
{
    struct hart *h = &vm.hart[cpu % HARTS];

    pthread_mutex_lock(&vm.lock);
    if (vm.recording && h->there)
        access_of(h, info, addr, (unsigned)(uintptr_t)udata);
    pthread_mutex_unlock(&vm.lock);
}

// funct7 of the fences; with V = 1 those of S mode are the guest's.
static int fence_kind(uint32_t code, bool virt)
{
    switch (code >> 25) {
    case 0x09:
        return virt ? GVT_HFENCE_VVMA : GVT_SFENCE_VMA;
    case 0x11:
        return GVT_HFENCE_VVMA;
    case 0x31:
        return GVT_HFENCE_GVMA;
    case 0x0b:
        return virt ? GVT_HINVAL_VVMA : GVT_SINVAL_VMA;
    case 0x13:
        return GVT_HINVAL_VVMA;
    case 0x33:
        return GVT_HINVAL_GVMA;
    default:
        return -1;
    }
}

static void on_fence(unsigned cpu, void *udata)
{
    struct hart *h = &vm.hart[cpu % HARTS];
    uint32_t code = (uint32_t)(uintptr_t)udata, rs1 = code >> 15 & 31, rs2 = code >> 20 & 31;
    struct trace_record r = {.kind = TRACE_FENCE, .all_addr = rs1 == 0, .all_id = rs2 == 0};

    pthread_mutex_lock(&vm.lock);
    if (vm.recording && h->begun && h->priv != GVT_U) {
        r.op = (uint8_t)fence_kind(code, h->virt);
        if (rs1)
            r.addr = qemu_register(h->x[rs1])
                     << (r.op == GVT_HFENCE_GVMA || r.op == GVT_HINVAL_GVMA ? 2 : 0);
        if (rs2)
            r.id = (uint16_t)qemu_register(h->x[rs2]);
        recorder_forget(&h->rec);
        put(h, &r);
    }
    pthread_mutex_unlock(&vm.lock);
}

// HLVX.HU, HLVX.WU: rs2 = 3 of the loads of SYSTEM.
static bool is_hlvx(uint32_t code, size_t bytes)
{
    return bytes == 4 && (code & 0x01f0707f) == 0x00304073 &&
           (code >> 25 == 0x32 || code >> 25 == 0x34);
}

void hart_on_translation(struct qemu_plugin_tb *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb);
    struct block *b = calloc(1, sizeof *b);
    bool after_hlvx = false;

    if (!b) {
        fprintf(stderr, "gvt_plugin: out of memory\n");
        abort();
    }
    b->addr = qemu_plugin_tb_vaddr(tb);
    b->insns = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint32_t code;
        size_t bytes = qemu_code(insn, &code);
        unsigned what = recorder_riscv_op(code, bytes);
        bool system = bytes == 4 && (code & 0x7f) == 0x73;
        b->bytes += (uint32_t)bytes;
        if (after_hlvx)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_insn_after_hlvx, QEMU_CB_R_REGS, NULL);
        after_hlvx = is_hlvx(code, bytes);
        if (after_hlvx)
            qemu_plugin_register_vcpu_insn_exec_cb(
                insn, on_hlvx, QEMU_CB_R_REGS, (void *)((uintptr_t)b->bytes << 32 | code));
        if (system && (code >> 12 & 7) == 4) // HLV, HSV
            what |= ACCESS_HYP | (after_hlvx ? ACCESS_HLVX : 0);
        else if (system)
            b->system = true;
        if (system && (code >> 12 & 7) == 0 && fence_kind(code, false) >= 0)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_fence, QEMU_CB_R_REGS,
                                                   (void *)(uintptr_t)code);
        qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_CB_R_REGS, QEMU_MEM_RW,
                                         (void *)(uintptr_t)what);
    }
    pthread_mutex_lock(&vm.lock);
    b->next = vm.blocks;
    vm.blocks = b;
    pthread_mutex_unlock(&vm.lock);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_CB_R_REGS, b);
}
