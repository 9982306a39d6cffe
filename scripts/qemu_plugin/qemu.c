// SPDX-License-Identifier: MulanPSL-2.0
#include "scripts/qemu_plugin/qemu.h"

#include <stdlib.h>
#include <string.h>

QEMU_EXPORT int qemu_plugin_version = 1;

static qemu_plugin_id_t self;
static GByteArray *buffer;
static struct {
    void (*block)(struct qemu_plugin_tb *);
    void (*vcpu)(unsigned);
    void (*resume)(unsigned);
    void (*exit)(void);
    void (*reset)(void);
} call;

// QEMU reads the version after it has loaded the plugin: there is time to choose.
__attribute__((constructor)) static void choose_interface(void)
{
    const char *said = getenv("L2TLB_PLUGIN_API");

    if (!qemu_plugin_get_registers)
        qemu_plugin_version = 1;
    else if (!qemu_plugin_read_memory_vaddr)
        qemu_plugin_version = 3;
    else if (!qemu_plugin_read_memory_hwaddr)
        qemu_plugin_version = 4;
    else if (!qemu_plugin_set_pc)
        qemu_plugin_version = 5;
    else
        qemu_plugin_version = said && strcmp(said, "6") == 0 ? 6 : 7;
}

int qemu_interface(void) { return qemu_plugin_version; }

void qemu_start(qemu_plugin_id_t id)
{
    self = id;
    if (qemu_plugin_version > 1)
        buffer = g_byte_array_new();
}

// --- callbacks -----------------------------------------------------------------------------------
static void block6(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    call.block(tb);
}
static void block7(struct qemu_plugin_tb *tb, void *udata)
{
    (void)udata;
    call.block(tb);
}
static void vcpu6(qemu_plugin_id_t id, unsigned vcpu)
{
    (void)id;
    call.vcpu(vcpu);
}
static void vcpu7(unsigned vcpu, void *udata)
{
    (void)udata;
    call.vcpu(vcpu);
}
static void resume6(qemu_plugin_id_t id, unsigned vcpu)
{
    (void)id;
    call.resume(vcpu);
}
static void resume7(unsigned vcpu, void *udata)
{
    (void)udata;
    call.resume(vcpu);
}
static void exit6(qemu_plugin_id_t id, void *udata)
{
    (void)id;
    (void)udata;
    call.exit();
}
static void exit7(void *udata)
{
    (void)udata;
    call.exit();
}
static void reset6(qemu_plugin_id_t id)
{
    (void)id;
    call.reset();
}
static void reset7(void *udata)
{
    (void)udata;
    call.reset();
}

void qemu_on_block(void (*fn)(struct qemu_plugin_tb *tb))
{
    call.block = fn;
    if (qemu_plugin_version < 7)
        qemu6_tb_trans(self, block6);
    else
        qemu7_tb_trans(self, block7, NULL);
}

void qemu_on_vcpu(void (*fn)(unsigned vcpu))
{
    call.vcpu = fn;
    if (qemu_plugin_version < 7)
        qemu6_vcpu_init(self, vcpu6);
    else
        qemu7_vcpu_init(self, vcpu7, NULL);
}

void qemu_on_resume(void (*fn)(unsigned vcpu))
{
    call.resume = fn;
    if (qemu_plugin_version < 7)
        qemu6_vcpu_resume(self, resume6);
    else
        qemu7_vcpu_resume(self, resume7, NULL);
}

void qemu_on_exit(void (*fn)(void))
{
    call.exit = fn;
    if (qemu_plugin_version < 7)
        qemu6_atexit(self, exit6, NULL);
    else
        qemu7_atexit(self, exit7, NULL);
}

void qemu_reset(void (*fn)(void))
{
    call.reset = fn;
    if (qemu_plugin_version < 7)
        qemu6_reset(self, reset6);
    else
        qemu7_reset(self, reset7, NULL);
}

// --- code, registers, memory -----------------------------------------------------------------------
size_t qemu_code(const struct qemu_plugin_insn *insn, uint32_t *code)
{
    size_t n = qemu_plugin_insn_size(insn);

    *code = 0;
    if (qemu_plugin_version < 3)
        memcpy(code, qemu1_insn_data(insn), n < 4 ? n : 4);
    else
        qemu3_insn_data(insn, code, 4);
    return n;
}

void qemu_each_register(void (*fn)(struct qemu_plugin_register *r, const char *name, void *ctx), void *ctx)
{
    GArray *a = qemu_plugin_get_registers();
    unsigned size = g_array_get_element_size(a);

    for (unsigned i = 0; i < a->len; i++) {
        const struct qemu_register_description *d = (const void *)(a->data + (size_t)i * size);
        fn(d->handle, d->name, ctx);
    }
    g_array_free(a, 1);
}

uint64_t qemu_register(struct qemu_plugin_register *r)
{
    uint64_t v = 0;
    bool fine;

    if (!r)
        return 0;
    g_byte_array_set_size(buffer, 0);
    fine = qemu_plugin_version < 6 ? qemu2_read_register(r, buffer) >= 0 : qemu6_read_register(r, buffer);
    if (fine)
        memcpy(&v, buffer->data, buffer->len < sizeof v ? buffer->len : sizeof v);
    return v;
}

bool qemu_can_read_memory(void) { return qemu_plugin_read_memory_hwaddr || cpu_physical_memory_rw; }

bool qemu_read_memory(uint64_t addr, void *to, size_t n)
{
    memset(to, 0, n);
    if (!qemu_plugin_read_memory_hwaddr) {
        if (cpu_physical_memory_rw)
            cpu_physical_memory_rw(addr, to, n, false);
        return cpu_physical_memory_rw;
    }
    g_byte_array_set_size(buffer, (unsigned)n);
    if (qemu_plugin_read_memory_hwaddr(addr, buffer, n) != 0)
        return false;
    memcpy(to, buffer->data, n);
    return true;
}
