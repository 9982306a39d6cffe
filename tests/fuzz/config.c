// SPDX-License-Identifier: MulanPSL-2.0
// Configurations. Byte 0: preset; the rest is an INI file. What is accepted is printed, read again and
// printed the same; the machine can be made and runs some cycles.
#include "model/l2tlb.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *const preset[] = {"default", "minimal", "minimal-bitmap", "bitmap", "cvm"};

static bool load(struct l2tlb_cfg *cfg, unsigned which, const char *path, char *msg, size_t size)
{
    fuzz_want(cfg_preset(cfg, preset[which]), "no such preset");
    return !cfg_load(cfg, path, msg, size) && !cfg_finish(cfg, msg, size);
}

struct printer {
    FILE *out;
    const struct l2tlb_cfg *cfg;
    bool all; // what follows from the rest as well
};

static void print_one(const char *key, const char *value, const char *help, void *ctx)
{
    const struct printer *p = ctx;
    bool derived = strncmp(key, "rule.", 5) == 0 && !cfg_rule_given(p->cfg, key + 5);
    if (strcmp(key, "preset") != 0 && (p->all || !derived))
        fprintf(p->out, "%s = %s ; %s\n", key, value, help);
}

static void print(const struct l2tlb_cfg *cfg, bool all, struct fuzz_text *t)
{
    fuzz_open(t);
    struct printer p = {t->stream, cfg, all};
    cfg_each(cfg, print_one, &p);
    fuzz_close(t);
}

static void run(const struct l2tlb_cfg *cfg)
{
    struct l2tlb *t = l2tlb_new(cfg);
    struct l2tlb_in in = {.a_ready = true, .resp_ready = {true, true}};
    struct l2tlb_out out;
    fuzz_want(t != NULL, "no machine");
    in.csr.satp = (struct atp){.mode = 8, .ppn = 0x80000};
    l2tlb_reset(t, &in.csr);
    for (unsigned c = 0; c < 40; c++) {
        for (unsigned p = 0; p < 2; p++)
            in.req[p] = (struct l2tlb_req){.vpn = 0x123 * c + p, .valid = c < 12, .tag = 2 * c + p};
        l2tlb_settle(t, &in, &out);
        l2tlb_tick(t);
    }
    l2tlb_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes b = {data, size};
    struct l2tlb_cfg cfg, back;
    struct fuzz_text file, text[2];
    char msg[512];
    unsigned which = fuzz_byte(&b) % (sizeof preset / sizeof *preset);
    if (!load(&cfg, which, fuzz_file(0, b.p, b.n), msg, sizeof msg)) {
        fuzz_message(msg);
        return 0;
    }
    print(&cfg, false, &file);
    bool good = load(&back, 0, fuzz_file(1, file.text, file.size), msg, sizeof msg);
    if (!good)
        fprintf(stderr, "%s\n", msg);
    fuzz_want(good, "a configuration that was printed cannot be read");
    print(&cfg, true, &text[0]);
    print(&back, true, &text[1]);
    fuzz_same(&text[0], &text[1], "a configuration changes when it is printed and read");
    run(&cfg);
    fuzz_free(&file);
    fuzz_free(&text[0]);
    fuzz_free(&text[1]);
    return 0;
}
