// SPDX-License-Identifier: MulanPSL-2.0
// Spike's commit log. Lines that matter:
//   core   0: 1 0x0000000080200000 (0x00053503) x10 0x0000000000000007 mem 0x0000003fffff0000
// A privilege digit, the address and code of the instruction, then what it wrote: xN and fN with
// values, cN_name with values, mem ADDRESS (load) or mem ADDRESS DATA (store). The digit has no V:
// V is followed through mret, sret and traps. Register values are kept, so that fences can be given
// with the address and id they name. Lines without a privilege digit (-l) are passed over.
#include "arch/bits.h"
#include "traces/import/import.h"

#include <string.h>

enum { CSR_SSTATUS = 0x100, CSR_STVEC = 0x105, CSR_VSSTATUS = 0x200, CSR_MSTATUS = 0x300,
       CSR_HSTATUS = 0x600 };
enum { INSN_MRET = 0x30200073, INSN_SRET = 0x10200073 };
enum { OPCODE_AMO = 0x2f, OPCODE_SYSTEM = 0x73 };

static void put_csr(struct import *m, unsigned csr, uint64_t value)
{
    struct trace_record r = {.kind = TRACE_CSR, .csr = (uint16_t)csr, .value = value};

    import_put(m, &r);
}

static void put_bit(struct import *m, bool *old, bool now, unsigned csr)
{
    if (*old != now)
        put_csr(m, csr, now);
    *old = now;
}

static void write_csr(struct import *m, uint64_t number, uint64_t value)
{
    struct import_hart *h = &m->hart;

    switch (number) {
    case GVT_SATP:
    case GVT_VSATP:
    case GVT_HGATP:
    case GVT_MBMC:
        put_csr(m, (unsigned)number, value);
        return;
    case CSR_STVEC:
        h->stvec = value & ~UINT64_C(3);
        return;
    case CSR_MSTATUS:
    case CSR_SSTATUS:
        if (number == CSR_MSTATUS)
            h->mstatus = value;
        put_bit(m, &h->sum, bit(value, 18), GVT_SUM);
        put_bit(m, &h->mxr, bit(value, 19), GVT_MXR);
        return;
    case CSR_VSSTATUS:
        put_bit(m, &h->vsum, bit(value, 18), GVT_VSUM);
        put_bit(m, &h->vmxr, bit(value, 19), GVT_VMXR);
        return;
    case CSR_HSTATUS:
        h->hstatus = value;
        put_bit(m, &h->spvp, bit(value, 8), GVT_SPVP);
        return;
    default:
        if (number >= GVT_PMPCFG0 && number <= 0x3ef)
            put_csr(m, (unsigned)number, value);
    }
}

// Mode of the instruction at pc with privilege digit `priv`: V changes by a trap. A trap out of a
// guest that lands on stvec is the hypervisor's; one into M mode always ends V.
static void enter_insn(struct import *m, unsigned priv, uint64_t pc)
{
    struct import_hart *h = &m->hart;

    if (h->known && priv > h->priv && (priv == GVT_M || (h->virt && pc == h->stvec)))
        h->virt = false;
    else if (h->known && h->virt && priv == h->priv && priv == GVT_S && pc == h->stvec &&
             pc != h->pc)
        h->virt = false;
    h->priv = (uint8_t)priv;
    h->known = true;
}

static void leave_insn(struct import *m, uint32_t code, uint64_t pc)
{
    struct import_hart *h = &m->hart;
    struct trace_record r = {.kind = TRACE_REDIRECT};

    h->pc = pc + ((code & 3) == 3 ? 4 : 2);
    if (code == INSN_MRET)
        h->virt = bit(h->mstatus, 39) && bits(h->mstatus, 12, 11) != 3;
    else if (code == INSN_SRET && !h->virt)
        h->virt = bit(h->hstatus, 7);
    else
        return;
    import_put(m, &r);
}

static void put_fence(struct import *m, uint32_t code)
{
    static const uint32_t codes[GVT_FENCES] = {0x12000073, 0x22000073, 0x62000073,
                                               0x16000073, 0x26000073, 0x66000073};
    struct trace_record r = {.kind = TRACE_FENCE};
    unsigned rs1 = (unsigned)bits(code, 19, 15), rs2 = (unsigned)bits(code, 24, 20);

    for (unsigned i = 0; i < GVT_FENCES; i++)
        if ((code & 0xfe007fff) == codes[i]) {
            r.op = (uint8_t)i;
            r.all_addr = rs1 == 0;
            r.all_id = rs2 == 0;
            // The register of a G-stage fence holds the address shifted right by two.
            r.addr = m->hart.x[rs1] << (i % 3 == GVT_HFENCE_GVMA ? 2 : 0);
            r.id = (uint16_t)m->hart.x[rs2];
            import_put(m, &r);
            return;
        }
}

static unsigned access_size(uint32_t code)
{
    if ((code & 0xe003) == 0x8000) // c.lbu, c.sb
        return 1;
    if ((code & 3) != 3) // other compressed ones: funct3 1, 3, 5, 7 are doublewords
        return code >> 13 & 1 ? 8 : 4;
    if ((code & 0x7f) == OPCODE_SYSTEM) // HLV, HSV
        return 1u << bits(code, 27, 26);
    return 1u << bits(code, 13, 12);
}

static void put_access(struct import *m, uint32_t code, uint64_t addr, bool store)
{
    const struct import_hart *h = &m->hart;
    struct trace_record r = {.kind = TRACE_ACCESS, .op = store ? GVT_STORE : GVT_LOAD};
    unsigned opcode = code & 0x7f;

    r.addr = addr;
    r.size = (uint16_t)access_size(code);
    r.priv = h->priv;
    r.virt = h->virt;
    if (opcode == OPCODE_AMO && (code & 3) == 3) {
        r.op = code >> 27 == 2 ? GVT_LR : GVT_AMO;
    } else if (opcode == OPCODE_SYSTEM && !h->virt && h->priv != GVT_M) {
        r.hyp = true;
        r.hlvx = !store && bits(code, 24, 20) == 3;
        r.priv = h->spvp ? GVT_S : GVT_U;
    }
    r.insns = m->insns;
    m->insns = 0;
    import_put(m, &r);
}

// What an instruction wrote: pairs of words up to the end of the line.
static int read_effects(struct import *m, uint32_t code, char *rest)
{
    bool amo_done = false;
    char *word = next_word(&rest);

    while (word) {
        char *value = next_word(&rest);
        uint64_t v, number;
        if (!value || !parse_hex(value, UINT64_MAX, &v)) {
            if (word[0] == 'v' || word[0] == 'e' || word[0] == 'f' || word[0] == 'l') {
                word = value; // vector state: "e32 m1 l4 v8 0x..." has longer numbers
                continue;
            }
            return import_fail(m, "a value is missing or bad after '%.20s'", word);
        }
        if (strcmp(word, "mem") == 0) {
            word = next_word(&rest);
            bool store = word && parse_hex(word, UINT64_MAX, &number) && word[0] == '0';
            if ((code & 0x7f) != OPCODE_AMO || !amo_done)
                put_access(m, code, v, store);
            amo_done = true;
            if (store)
                word = next_word(&rest);
            continue;
        }
        if (word[0] == 'x' && parse_dec(word + 1, 31, &number))
            m->hart.x[number] = number ? v : 0;
        else if (word[0] == 'c' && strchr(word, '_')) {
            *strchr(word, '_') = 0;
            if (parse_dec(word + 1, 4095, &number))
                write_csr(m, number, v);
        }
        word = next_word(&rest);
    }
    return 1;
}

int import_spike(struct import *m)
{
    bool failed;
    char *line = import_line(m, &failed), *rest = line, *core, *number, *priv, *pc, *insn;
    uint64_t hart, p, address, code;
    struct import_hart *h = &m->hart;

    if (!line)
        return failed ? -1 : 0;
    core = next_word(&rest);
    number = core ? next_word(&rest) : NULL;
    priv = number ? next_word(&rest) : NULL;
    // Disassembly (-l), labels and exceptions have no privilege digit in this place.
    if (!priv || strcmp(core, "core") != 0 || priv[0] < '0' || priv[0] > '3' || priv[1]) {
        m->ignored++;
        return 1;
    }
    number[strcspn(number, ":")] = 0;
    pc = next_word(&rest);
    insn = pc ? next_word(&rest) : NULL;
    if (!insn || !parse_dec(number, 4095, &hart) || !parse_dec(priv, 3, &p) || p == 2 ||
        !parse_hex(pc, UINT64_MAX, &address) || insn[0] != '(' || !strchr(insn, ')'))
        return import_fail(m, "not a line of a commit log: core N: PRIV PC (INSN) ...");
    *strchr(insn, ')') = 0;
    if (!parse_hex(insn + 1, UINT32_MAX, &code))
        return import_fail(m, "bad instruction code");
    if (hart != 0) {
        m->ignored++;
        return 1;
    }
    enter_insn(m, (unsigned)p, address);
    m->cfg.priv = h->priv;
    m->cfg.virt = h->virt;
    import_access(m, GVT_FETCH, address, (code & 3) == 3 ? 4 : 2);
    if (read_effects(m, (uint32_t)code, rest) < 0)
        return -1;
    put_fence(m, (uint32_t)code);
    leave_insn(m, (uint32_t)code, address);
    return 1;
}
