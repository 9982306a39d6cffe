// SPDX-License-Identifier: MulanPSL-2.0
// QEMU as our plugin sees it, the same in every interface (qemu_api.h). Callbacks of ours carry no plugin id
// and no user data: there is one plugin in one process.
#ifndef L2TLB_QEMU_H
#define L2TLB_QEMU_H

#include "scripts/qemu_plugin/qemu_api.h"

// The interface of the running QEMU, known when the plugin is loaded: 1, 3, 4, 5, 6 or 7. QEMU tells it to
// qemu_plugin_install() only; before that, it is told by what QEMU exports. Nothing tells 6 from 7: 7 is taken, and
// L2TLB_PLUGIN_API=6 in the environment is for QEMU 11.0.
int qemu_interface(void);

void qemu_start(qemu_plugin_id_t id); // before all else
// Once a block is translated; a vCPU begins, or goes on after a halt or `cont`; QEMU ends.
void qemu_on_block(void (*fn)(struct qemu_plugin_tb *tb));
void qemu_on_vcpu(void (*fn)(unsigned vcpu));
void qemu_on_resume(void (*fn)(unsigned vcpu));
void qemu_on_exit(void (*fn)(void));
// Takes back all callbacks and translated code, then calls fn with all vCPUs stopped. Only from a callback
// of a vCPU: elsewhere QEMU does not drop the code.
void qemu_reset(void (*fn)(void));

// The first four bytes of an instruction at most; returns its length.
size_t qemu_code(const struct qemu_plugin_insn *insn, uint32_t *code);

// Calls fn for each register of the vCPU that begins.
void qemu_each_register(void (*fn)(struct qemu_plugin_register *r, const char *name, void *ctx), void *ctx);
uint64_t qemu_register(struct qemu_plugin_register *r); // its low 64 bits
// False: there is no memory, or this QEMU does not show it. Not from two threads at a time (nor
// qemu_register(): they share a buffer).
bool qemu_can_read_memory(void);
bool qemu_read_memory(uint64_t addr, void *to, size_t n);

#endif
