// SPDX-License-Identifier: MulanPSL-2.0
// The part of QEMU's TCG plugin interface that our plugin uses, interfaces 1 (QEMU 7.2) and 3 (9.1) to
// 7 (11.1). Debian does not package QEMU's header; these declarations state the binary interface as
// its documentation describes it. Everything is weak: what the running QEMU lacks is NULL.
#ifndef L2TLB_QEMU_API_H
#define L2TLB_QEMU_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_EXPORT __attribute__((visibility("default")))
#define QEMU_WEAK __attribute__((weak, visibility("default")))
// A function whose type depends on the interface, under a name of ours.
#define QEMU_NAMED(name) __asm__(#name) QEMU_WEAK

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
struct qemu_plugin_register;

// Second argument of qemu_plugin_install.
struct qemu_info {
    const char *target_name;
    struct {
        int min, cur;
    } version;
    bool system_emulation;
    struct {
        int smp_vcpus, max_vcpus;
    } system;
};

enum { QEMU_CB_NO_REGS = 0, QEMU_CB_R_REGS = 1 };
enum { QEMU_MEM_R = 1, QEMU_MEM_W = 2, QEMU_MEM_RW = 3 };

// The plugin defines these two.
extern QEMU_EXPORT int qemu_plugin_version;
QEMU_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
                                    char **argv);

// --- QEMU defines these, of the same type in all interfaces -----------------------------------------
typedef void qemu_vcpu_udata_cb(unsigned vcpu, void *udata);
typedef void qemu_mem_cb(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *udata);

QEMU_WEAK void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, qemu_vcpu_udata_cb *cb,
                                                    int flags, void *udata);
QEMU_WEAK void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                                      qemu_vcpu_udata_cb *cb, int flags, void *udata);
QEMU_WEAK void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, qemu_mem_cb *cb, int flags,
                                                int rw, void *udata);
QEMU_WEAK size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
QEMU_WEAK uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
QEMU_WEAK struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
QEMU_WEAK size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
QEMU_WEAK unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info);
QEMU_WEAK bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
// System mode, within a memory callback.
QEMU_WEAK struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(qemu_plugin_meminfo_t info, uint64_t vaddr);
QEMU_WEAK bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *h);
QEMU_WEAK uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *h);

// --- ... and these change -----------------------------------------------------------------------------
// Interface 7 hands user data to every callback and the plugin's id to none.
typedef void qemu_tb_cb6(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void qemu_tb_cb7(struct qemu_plugin_tb *tb, void *udata);
typedef void qemu_vcpu_cb6(qemu_plugin_id_t id, unsigned vcpu);
typedef void qemu_simple_cb6(qemu_plugin_id_t id);
typedef void qemu_simple_cb7(void *udata);
void qemu6_tb_trans(qemu_plugin_id_t id, qemu_tb_cb6 *cb) QEMU_NAMED(qemu_plugin_register_vcpu_tb_trans_cb);
void qemu7_tb_trans(qemu_plugin_id_t id, qemu_tb_cb7 *cb, void *udata)
    QEMU_NAMED(qemu_plugin_register_vcpu_tb_trans_cb);
void qemu6_vcpu_init(qemu_plugin_id_t id, qemu_vcpu_cb6 *cb) QEMU_NAMED(qemu_plugin_register_vcpu_init_cb);
void qemu7_vcpu_init(qemu_plugin_id_t id, qemu_vcpu_udata_cb *cb, void *udata)
    QEMU_NAMED(qemu_plugin_register_vcpu_init_cb);
void qemu6_vcpu_resume(qemu_plugin_id_t id, qemu_vcpu_cb6 *cb)
    QEMU_NAMED(qemu_plugin_register_vcpu_resume_cb);
void qemu7_vcpu_resume(qemu_plugin_id_t id, qemu_vcpu_udata_cb *cb, void *udata)
    QEMU_NAMED(qemu_plugin_register_vcpu_resume_cb);
void qemu6_reset(qemu_plugin_id_t id, qemu_simple_cb6 *cb) QEMU_NAMED(qemu_plugin_reset);
void qemu7_reset(qemu_plugin_id_t id, qemu_simple_cb7 *cb, void *udata) QEMU_NAMED(qemu_plugin_reset);
void qemu6_atexit(qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t, void *), void *udata)
    QEMU_NAMED(qemu_plugin_register_atexit_cb);
void qemu7_atexit(qemu_plugin_id_t id, qemu_simple_cb7 *cb, void *udata)
    QEMU_NAMED(qemu_plugin_register_atexit_cb);

// Interface 3: the code is copied to the caller.
const void *qemu1_insn_data(const struct qemu_plugin_insn *insn) QEMU_NAMED(qemu_plugin_insn_data);
size_t qemu3_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t n)
    QEMU_NAMED(qemu_plugin_insn_data);

// Registers, from interface 2 on; their number of bytes, or, from interface 6 on, whether they could
// be read. Both arrays are GLib's; a description may have more fields in newer interfaces.
typedef struct {
    uint8_t *data;
    unsigned len;
} GByteArray;
typedef struct {
    char *data;
    unsigned len;
} GArray;
struct qemu_register_description {
    struct qemu_plugin_register *handle;
    const char *name, *feature;
};
QEMU_WEAK GArray *qemu_plugin_get_registers(void);
int qemu2_read_register(struct qemu_plugin_register *r, GByteArray *to) QEMU_NAMED(qemu_plugin_read_register);
bool qemu6_read_register(struct qemu_plugin_register *r, GByteArray *to) QEMU_NAMED(qemu_plugin_read_register);
QEMU_WEAK GByteArray *g_byte_array_new(void);
QEMU_WEAK GByteArray *g_byte_array_set_size(GByteArray *a, unsigned n);
QEMU_WEAK unsigned g_array_get_element_size(GArray *a);
QEMU_WEAK char *g_array_free(GArray *a, int segment);

// Physical memory: part of the interface from 5 on (0: fine); before it, a function that every QEMU with
// modules exports all the same.
QEMU_WEAK int qemu_plugin_read_memory_hwaddr(uint64_t addr, GByteArray *to, size_t n);
QEMU_WEAK void cpu_physical_memory_rw(uint64_t addr, void *data, uint64_t n, bool write);
// Only asked whether they are there: they came with interfaces 4 and 6.
QEMU_WEAK void qemu_plugin_read_memory_vaddr(void);
QEMU_WEAK void qemu_plugin_set_pc(void);

#endif
