// SPDX-License-Identifier: MulanPSL-2.0
// A stand-in for QEMU, to test the plugin without one: host PLUGIN user|system|late|wrong|single FOLDER
// [OPTION] Compiled once for each plugin interface (-DAPI=1, 3 to 7): it exports what a QEMU of
// that interface does, and refuses a plugin of another one. Two harts, 1 MiB of memory at 80000000;
// the scenario is main()'s.
#include "scripts/qemu_plugin/qemu_api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM UINT64_C(0x80000000)
enum { RAM_BYTES = 1 << 20, INSNS = 4, CODES = 64 };
#if API >= 3
static uint8_t ram[RAM_BYTES];
#endif

// --- what QEMU exports ---------------------------------------------------------------------------
struct qemu_plugin_insn {
    uint32_t code;
    qemu_mem_cb *mem;
    qemu_vcpu_udata_cb *exec;
    void *mem_udata, *exec_udata;
};
struct qemu_plugin_tb {
    uint64_t addr;
    size_t n;
    struct qemu_plugin_insn insn[INSNS];
    qemu_vcpu_udata_cb *exec;
    void *udata;
};
struct qemu_plugin_hwaddr {
    uint64_t pa;
};
struct qemu_plugin_register {
    const char *name;
    uint64_t value;
};

static struct {
    void *block, *vcpu, *resume, *exit; // callbacks, of the interface's type
    void *exit_udata;
    int resets;
} on;
static qemu_plugin_id_t id = 42;
static struct qemu_plugin_hwaddr translated; // of the access under way
static bool instrumented;                    // the last block

#define SHOWN __attribute__((visibility("default")))
SHOWN void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, qemu_vcpu_udata_cb *cb,
                                                int flags, void *udata)
{
    (void)flags;
    tb->exec = cb;
    tb->udata = udata;
}
SHOWN void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *i,
                                                  qemu_vcpu_udata_cb *cb, int flags, void *udata)
{
    (void)flags;
    i->exec = cb;
    i->exec_udata = udata;
}
SHOWN void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *i, qemu_mem_cb *cb, int flags,
                                            int rw, void *udata)
{
    (void)flags;
    (void)rw;
    i->mem = cb;
    i->mem_udata = udata;
}
SHOWN size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb)
{
    return tb->n;
}
SHOWN uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb)
{
    return tb->addr;
}
SHOWN struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i)
{
    return (struct qemu_plugin_insn *)&tb->insn[i];
}
SHOWN size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *i)
{
    return (i->code & 3) == 3 ? 4 : 2;
}
// Bits 3:0 are the size, bit 4 a store: only QEMU knows.
SHOWN unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info)
{
    return info & 15;
}
SHOWN bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info)
{
    return info >> 4;
}
SHOWN struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(qemu_plugin_meminfo_t info, uint64_t vaddr)
{
    (void)info;
    (void)vaddr;
    return &translated;
}
SHOWN bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *h)
{
    return h->pa < RAM;
}
SHOWN uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *h)
{
    return h->pa;
}

// Functions with a type for each interface (qemu_api.h).
#if API < 7
SHOWN void qemu6_tb_trans(qemu_plugin_id_t i, qemu_tb_cb6 *cb)
{
    on.block = i == id ? (void *)cb : NULL;
}
SHOWN void qemu6_vcpu_init(qemu_plugin_id_t i, qemu_vcpu_cb6 *cb)
{
    on.vcpu = i == id ? (void *)cb : NULL;
}
SHOWN void qemu6_vcpu_resume(qemu_plugin_id_t i, qemu_vcpu_cb6 *cb)
{
    on.resume = i == id ? (void *)cb : NULL;
}
SHOWN void qemu6_atexit(qemu_plugin_id_t i, void (*cb)(qemu_plugin_id_t, void *), void *udata)
{
    on.exit = i == id ? (void *)cb : NULL;
    on.exit_udata = udata;
}
SHOWN void qemu6_reset(qemu_plugin_id_t i, qemu_simple_cb6 *cb)
{
    on.block = on.vcpu = on.resume = on.exit = NULL;
    on.resets++;
    cb(i);
}
#else
SHOWN void qemu7_tb_trans(qemu_plugin_id_t i, qemu_tb_cb7 *cb, void *u)
{
    on.block = i == id && !u ? (void *)cb : NULL;
}
SHOWN void qemu7_vcpu_init(qemu_plugin_id_t i, qemu_vcpu_udata_cb *cb, void *u)
{
    on.vcpu = i == id && !u ? (void *)cb : NULL;
}
SHOWN void qemu7_vcpu_resume(qemu_plugin_id_t i, qemu_vcpu_udata_cb *cb, void *u)
{
    on.resume = i == id && !u ? (void *)cb : NULL;
}
SHOWN void qemu7_atexit(qemu_plugin_id_t i, qemu_simple_cb7 *cb, void *u)
{
    on.exit = i == id ? (void *)cb : NULL;
    on.exit_udata = u;
}
SHOWN void qemu7_reset(qemu_plugin_id_t i, qemu_simple_cb7 *cb, void *udata)
{
    on.block = on.vcpu = on.resume = on.exit = NULL;
    on.resets += i == id;
    cb(udata);
}
#endif
#if API < 3
SHOWN const void *qemu1_insn_data(const struct qemu_plugin_insn *i)
{
    return &i->code;
}
#else
SHOWN size_t qemu3_insn_data(const struct qemu_plugin_insn *i, void *to, size_t n)
{
    size_t have = qemu_plugin_insn_size(i);
    memcpy(to, &i->code, n < have ? n : have);
    return n < have ? n : have;
}
static const char *const names[] = {"zero",     "ra",      "sp",      "gp",     "tp",    "t0",
                                    "t1",       "t2",      "fp",      "s1",     "a0",    "a1",
                                    "pc",       "priv",    "satp",    "vsatp",  "hgatp", "mstatus",
                                    "vsstatus", "hstatus", "menvcfg", "henvcfg"};
enum { NAMES = sizeof names / sizeof *names };
static struct qemu_plugin_register reg[2][NAMES];
static unsigned running; // hart
// Interface 7 has a field more.
struct description {
    struct qemu_register_description d;
#if API >= 7
    bool read_only;
#endif
};
SHOWN GByteArray *g_byte_array_new(void)
{
    return calloc(1, sizeof(GByteArray));
}
SHOWN GByteArray *g_byte_array_set_size(GByteArray *a, unsigned n)
{
    a->data = realloc(a->data, n + 16);
    a->len = n;
    return a;
}
SHOWN unsigned g_array_get_element_size(GArray *a)
{
    (void)a;
    return sizeof(struct description);
}
SHOWN char *g_array_free(GArray *a, int segment)
{
    (void)segment;
    free(a->data);
    free(a);
    return NULL;
}
SHOWN GArray *qemu_plugin_get_registers(void)
{
    GArray *a = calloc(1, sizeof *a);
    struct description *d = calloc(NAMES, sizeof *d);
    for (unsigned i = 0; i < NAMES; i++) {
        reg[running][i].name = names[i];
        d[i].d = (struct qemu_register_description){&reg[running][i], names[i], "test"};
    }
    a->data = (char *)d;
    a->len = NAMES;
    return a;
}
#if API < 6
SHOWN int qemu2_read_register(struct qemu_plugin_register *r, GByteArray *to)
#else
SHOWN bool qemu6_read_register(struct qemu_plugin_register *r, GByteArray *to)
#endif
{
    g_byte_array_set_size(to, 8);
    memcpy(to->data, &r->value, 8);
    return 8;
}
static uint64_t *value(const char *name)
{
    for (unsigned i = 0; i < NAMES; i++)
        if (strcmp(names[i], name) == 0)
            return &reg[running][i].value;
    abort();
}
#if API >= 4
SHOWN void qemu_plugin_read_memory_vaddr(void) {}
#endif
#if API >= 5
SHOWN int qemu_plugin_read_memory_hwaddr(uint64_t addr, GByteArray *to, size_t n)
{
    if (addr < RAM || addr + n > RAM + RAM_BYTES)
        return 4;
    memcpy(to->data, ram + (addr - RAM), n);
    return 0;
}
#else
SHOWN void cpu_physical_memory_rw(uint64_t addr, void *data, uint64_t n, bool write)
{
    if (!write && addr >= RAM && addr + n <= RAM + RAM_BYTES)
        memcpy(data, ram + (addr - RAM), n);
}
#endif
#if API >= 6
SHOWN void qemu_plugin_set_pc(void) {}
#endif
#endif

// --- what a machine does -------------------------------------------------------------------------
static void translate(struct qemu_plugin_tb *tb)
{
#if API < 7
    if (on.block)
        ((qemu_tb_cb6 *)on.block)(id, tb);
#else
    if (on.block)
        ((qemu_tb_cb7 *)on.block)(tb, NULL);
#endif
}

static void end(void)
{
#if API < 7
    if (on.exit)
        ((void (*)(qemu_plugin_id_t, void *))on.exit)(id, on.exit_udata);
#else
    if (on.exit)
        ((qemu_simple_cb7 *)on.exit)(on.exit_udata);
#endif
}

static void access_memory(struct qemu_plugin_insn *i, unsigned hart, uint64_t va, uint64_t pa,
                          unsigned shift, bool store)
{
    translated.pa = pa;
    if (i->mem)
        i->mem(hart, (qemu_plugin_meminfo_t)(shift | (unsigned)store << 4), va, i->mem_udata);
}

enum {
    LD = 0x00053503,
    SD = 0x00a53023,
    AMO = 0x00a5302f,
    LR = 0x1005352f,
    NOP = 0x13,
    CSRW = 0x18051073,
    SFENCE = 0x12b50073,
    HFENCE_G = 0x62050073,
    HLVX_HU = 0x64354573, // of (a0)
    HLVX_WU = 0x68354573,
    HSV = 0x6ea54073
};

// One block with one instruction; accesses va as pa unless pa is 0. Of an HLVX QEMU tells nothing;
// that of two bytes has another instruction behind it, which runs unless the HLVX has trapped.
static void step(unsigned hart, uint64_t at, uint32_t code, uint64_t va, uint64_t pa, bool store)
{
    struct qemu_plugin_tb tb = {
        .addr = at, .n = code == HLVX_HU ? 2 : 1, .insn = {{.code = code}, {.code = NOP}}};

#if API >= 3
    running = hart;
    *value("pc") = at;
#endif
    translate(&tb);
    instrumented = tb.exec || tb.insn[0].exec || tb.insn[0].mem;
    if (tb.exec)
        tb.exec(hart, tb.udata);
    if (tb.insn[0].exec)
        tb.insn[0].exec(hart, tb.insn[0].exec_udata);
    if (code == HLVX_HU && pa && tb.insn[1].exec)
        tb.insn[1].exec(hart, tb.insn[1].exec_udata);
    if (pa && code != HLVX_HU && code != HLVX_WU)
        access_memory(&tb.insn[0], hart, va, pa, 3, store);
}

#if API >= 3
static void word(uint64_t pa, uint64_t v)
{
    memcpy(ram + (pa - RAM), &v, 8);
}

static void resume(void)
{
#if API < 7
    if (on.resume)
        ((qemu_vcpu_cb6 *)on.resume)(id, 0);
#else
    if (on.resume)
        ((qemu_vcpu_udata_cb *)on.resume)(0, NULL);
#endif
}

static void *begin_hart(void *unused)
{
    (void)unused;
#if API < 7
    ((qemu_vcpu_cb6 *)on.vcpu)(id, running);
#else
    ((qemu_vcpu_udata_cb *)on.vcpu)(running, NULL);
#endif
    return NULL;
}

// Each in a thread of its own, or both in one.
static void begin_harts(bool one_thread)
{
    pthread_t thread;

    begin_hart(NULL);
    running = 1;
    if (one_thread)
        begin_hart(NULL);
    else if (pthread_create(&thread, NULL, begin_hart, NULL) == 0)
        pthread_join(thread, NULL);
    running = 0;
}

#define POINTER(pa) ((uint64_t)(pa) >> 12 << 10 | 1)
#define LEAF(pa, flags) (POINTER(pa) | (flags) | 0xc0)
enum { RWX = 0xe, RW = 6, RX = 10, U = 16 };

// HS: Sv39 root 80001000, code page 40000000 -> 80010000, its table 80003000 mapped at 40001000;
// for U mode code at 40002000 and, at 40004000, the page 80005000 that becomes a table in between.
// Guest: Sv39x4 root 80004000 (four pages); its memory 0 to 2 MiB is at 80000000. vsatp: root at
// guest 20000 = 80020000.
static void tables(void)
{
    word(0x80001008, POINTER(0x80002000));
    word(0x80002000, POINTER(0x80003000));
    word(0x80003000, LEAF(0x80010000, RX));
    word(0x80003008, LEAF(0x80003000, RW));
    word(0x80003010, LEAF(0x80012000, RX | U));
    word(0x80003020, LEAF(0x80005000, RW | U));
    word(0x80004000, POINTER(0x80008000));
    word(0x80008000, LEAF(0x80000000, RWX | U));
    word(0x80020008, POINTER(0x21000));
    word(0x80021000, POINTER(0x22000));
    word(0x80022000, LEAF(0x30000, RX));
    word(0x80022008, LEAF(0x31000, RW));
    word(0x80022018, LEAF(0x22000, RW));
}

static void system_scenario(bool wrong)
{
    const uint64_t satp = UINT64_C(8) << 60 | 0x80001,
                   vsatp = UINT64_C(8) << 60 | UINT64_C(7) << 44 | 0x20;
    const uint64_t hgatp = UINT64_C(8) << 60 | UINT64_C(3) << 44 | 0x80004;

    // Hart 0 is in a guest: nothing is recorded before it is back.
    *value("priv") = 5;
    *value("satp") = vsatp;
    *value("hgatp") = hgatp;
    step(0, 0x40000000, NOP, 0, 0, false);
    *value("priv") = 1;
    *value("satp") = satp;
    *value("vsatp") = vsatp;
    *value("mstatus") = 1 << 18; // SUM
    step(0, 0x40000000, LD, 0x40001010, wrong ? 0x80005010 : 0x80003010, false);
    step(0, 0x40000004, AMO, 0x40001010, 0x80003010, false); // read and write of one AMO
    step(0, 0x40000004, AMO, 0x40001010, 0x80003010, true);
    // Hart 1, in M mode, links a new table through physical addresses; a word of it is written
    // unseen.
    running = 1;
    *value("priv") = 3;
    word(0x80005008, LEAF(0x80040000, RW));
    word(0x80002008, POINTER(0x80005000));
    step(1, 0x80000000, SD, 0x80002008, 0x80002008, true);
    step(0, 0x40000008, LD, 0x40201018, 0x80040018, false);
    step(0, 0x4000000c, SD, 0x40001018, 0x80003018, true); // changes nothing
    // The guest: a change of V, its fence, its store to its own table.
    *value("a0") = 0x40001000;
    *value("a1") = 7;
    *value("priv") = 5;
    *value("satp") = vsatp;
    step(0, 0x40000000, LD, 0x40001020, 0x80031020, false);
    word(0x80022010, LEAF(0x32000, RW));
    step(0, 0x40000004, SD, 0x40003010, 0x80022010, true);
    step(0, 0x40000008, SFENCE, 0, 0, false);
    // Back in HS: a look into the guest, a fence by physical address, MPRV of M mode.
    *value("priv") = 1;
    *value("satp") = satp;
    *value("hstatus") = 1 << 8; // SPVP
    step(0, 0x40000010, CSRW, 0, 0, false);
    *value("a0") = 0x40000100;
    step(0, 0x40000014, HLVX_HU, 0x40000100, 0x80030100, false);
    step(0, 0x4000001c, HLVX_HU, 0x40000100, 0, false); // traps, also the next
    step(0, 0x40000100, HLVX_WU, 0x40000100, 0, false);
    *value("a0") = 0x40000104;
    step(0, 0x40000014, HLVX_WU, 0x40000104, 0x80030104, false);
    step(0, 0x40000018, HSV, 0x40001028, 0x80031028, true);
    *value("a0") = 0x30000 >> 2;
    step(0, 0x4000001c, HFENCE_G, 0, 0, false);
    *value("priv") = 3;
    *value("mstatus") = UINT64_C(1) << 39 | 1 << 17 | 1 << 11; // MPV, MPRV, MPP = S
    step(0, 0x80000010, LR, 0x40001030, 0x80031030, false);
    // Hart 1 reaches HS; hart 0 was first.
    running = 1;
    *value("priv") = 1;
    *value("satp") = satp;
    step(1, 0x40000004, LD, 0x40001000, 0x80003000, false);
    // U mode writes to a table: it is none any more, and what M mode writes there is not followed
    // either.
    running = 0;
    *value("mstatus") = 0;
    *value("priv") = 0;
    word(0x80005010, LEAF(0x80011000, RW));
    step(0, 0x40002000, SD, 0x40004010, 0x80005010, true);
    running = 1;
    *value("priv") = 3;
    word(0x80005018, LEAF(0x80011000, RW));
    step(1, 0x80000004, SD, 0x80005018, 0x80005018, true);
}
#endif

static char *path(const char *folder, const char *name)
{
    static char text[512];
    snprintf(text, sizeof text, "%s/%s", folder, name);
    return text;
}

int main(int argc, char **argv)
{
    void *plugin = argc >= 4 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    int (*install)(qemu_plugin_id_t, const struct qemu_info *, int, char **);
    bool user;
    int *version;

    if (!plugin) {
        fprintf(stderr, "host: %s\n",
                argc >= 4 ? dlerror() : "host PLUGIN user|system|late|wrong|single FOLDER [OPTION]");
        return 2;
    }
    version = dlsym(plugin, "qemu_plugin_version");
    if (*version != API) {
        fprintf(stderr, "host: plugin requires API version %d, this is %d\n", *version, API);
        return 2;
    }
    user = strcmp(argv[2], "user") == 0;
    *(void **)&install = dlsym(plugin, "qemu_plugin_install");
    const struct qemu_info info = {
        .target_name = "riscv64", .version = {API, API}, .system_emulation = !user};
    char option[600];
    char *options[] = {option, "fetch=line", "form=text", "source=stand-in", argv[argc - 1]};
    if (user || strcmp(argv[2], "late") != 0)
        snprintf(option, sizeof option, "out=%s", path(argv[3], "out.gvt"));
    else
        snprintf(option, sizeof option, "control=%s", path(argv[3], "arm"));
    if (install(id, &info, argc > 4 ? 5 : 4, options))
        return 1;
    if (user) {
        step(0, 0x10000, LD, 0x20008, 0x1, false);
        step(0, 0x10004, SD, 0x20010, 0x1, true);
        step(0, 0x10040, LR, 0x20010, 0x1, false);
        step(0, 0x10044, AMO, 0x20010, 0x1, false);
        step(0, 0x10044, AMO, 0x20010, 0x1, true);
        step(0, 0x10048, 0x4501, 0, 0, false); // 2 bytes
        end();
        return 0;
    }
#if API >= 3
    tables();
    begin_harts(strcmp(argv[2], "single") == 0);
    if (strcmp(argv[2], "late") == 0) {
        step(0, 0x40000000, LD, 0, 0, false);
        resume(); // no control file yet
        if (instrumented || on.resets)
            return 3; // it should instrument nothing
        FILE *f = fopen(path(argv[3], "arm"), "w");
        fprintf(f, "out=%s\n", path(argv[3], "out.gvt"));
        fclose(f);
        resume();
        if (!on.block || on.resets != 1)
            return 3;
    }
    system_scenario(strcmp(argv[2], "wrong") == 0);
    if (strcmp(argv[2], "late") == 0) {
        fclose(fopen(path(argv[3], "arm.stop"), "w"));
        resume();
        step(0, 0x40000000, NOP, 0, 0, false);
        if (instrumented || on.resets != 2 || !on.resume)
            return 3; // the machine should run on without it
    } else
        end();
#endif
    return 0;
}
