// SPDX-License-Identifier: MulanPSL-2.0
// Spike's commit log. Lines that matter:
//   core   0: 1 0x0000000080200000 (0x00053503) x10 0x0000000000000007 mem 0x0000003fffff0000
//   core   0: exception trap_load_page_fault, epc 0x0000000080200000
// A privilege digit, the address and code of the instruction, then what it wrote: xN and fN with
// values (up to release 1.1.0 a blank stands before a number below ten), "eSEW mLMUL lVL" and vN,
// cN_name with values, mem ADDRESS (load) or mem ADDRESS DATA (store; two digits per byte). Before
// release 1.1.0 lines have no "core N:". The digit has no V: import_hart.c follows it. Register
// values are kept, so that fences can be given with the address and id they name. Lines without a
// privilege digit (-l) are passed over.
#include "arch/bits.h"
#include "traces/import/import.h"

#include <stdio.h>
#include <string.h>

enum {
    OPCODE_LOAD = 0x03,
    OPCODE_LOAD_FP = 0x07,
    OPCODE_MISC_MEM = 0x0f,
    OPCODE_STORE_FP = 0x27,
    OPCODE_AMO = 0x2f,
    OPCODE_SYSTEM = 0x73
};
enum { MPP = 11, MPRV = 17, MPV = 39 }; // mstatus
static const char hex_digits[] = "0123456789abcdefABCDEF";

static void put_fence(struct import *m, uint32_t code)
{
    static const uint32_t codes[GVT_FENCES] = {0x12000073, 0x22000073, 0x62000073,
                                               0x16000073, 0x26000073, 0x66000073};
    struct trace_record r = {.kind = TRACE_FENCE};
    unsigned rs1 = (unsigned)bits(code, 19, 15), rs2 = (unsigned)bits(code, 24, 20);

    for (unsigned i = 0; i < GVT_FENCES; i++)
        if ((code & 0xfe007fff) == codes[i]) {
            // In a guest, SFENCE.VMA and SINVAL.VMA are about the guest's stage (hypervisor extension).
            r.op = (uint8_t)(m->hart.virt && i % 3 == GVT_SFENCE_VMA ? i + 1 : i);
            r.all_addr = rs1 == 0;
            r.all_id = rs2 == 0;
            // The register of a G-stage fence holds the address shifted right by two.
            r.addr = i % 3 == GVT_HFENCE_GVMA ? m->hart.x[rs1] << 2 : import_canonical(m, m->hart.x[rs1]);
            r.id = (uint16_t)m->hart.x[rs2];
            import_put(m, &r);
            return;
        }
}

// --- accesses ------------------------------------------------------------------------------------
static bool is_vector(uint32_t code)
{
    unsigned opcode = code & 0x7f, width = (unsigned)bits(code, 14, 12);

    return (opcode == OPCODE_LOAD_FP || opcode == OPCODE_STORE_FP) && (width == 0 || width > 4);
}

static unsigned short_size(uint32_t code)
{
    if ((code & 0xe003) == 0x8000) // Zcb: c.lbu and c.sb; c.lhu, c.lh and c.sh
        return 1u << bits(code, 10, 10);
    return code >> 13 & 1 ? 8 : 4; // funct3 1, 3, 5, 7 are doublewords, Zcmp's registers as well
}

static unsigned access_size(const struct import_hart *h, uint32_t code)
{
    unsigned opcode = code & 0x7f, width = (unsigned)bits(code, 14, 12);

    if ((code & 3) != 3)
        return short_size(code);
    if (is_vector(code)) {
        if (bits(code, 27, 26) & 1) // indexed: the width is the index's
            return h->sew;
        return width == 0 ? 1 : 1u << (width - 4);
    }
    if (opcode == OPCODE_SYSTEM) // HLV, HSV; the shadow stack of Zicfiss
        return bits(code, 31, 28) == 6 ? 1u << bits(code, 27, 26) : 8;
    if (opcode == OPCODE_MISC_MEM) // cbo.zero: as many bytes as the log has
        return 1;
    // Quadwords are 4 of floating point and of AMOs; 4 to 6 of integer loads are unsigned.
    return 1u << (opcode == OPCODE_LOAD ? width & 3 : width > 4 ? 4 : width);
}

// Mode of an access: that of the instruction, or what MPRV or HLV and HSV say. The latter act as
// though V = 1, in M mode too, and know no MPRV.
static void set_mode(const struct import_hart *h, uint32_t code, struct trace_record *r)
{
    r->priv = h->priv;
    r->virt = h->virt;
    if ((code & 0x7f) == OPCODE_SYSTEM && bits(code, 31, 28) == 6) {
        r->hyp = true;
        r->hlvx = r->op == GVT_LOAD && bits(code, 24, 20) == 3;
        r->priv = h->spvp ? GVT_S : GVT_U;
    } else if (h->priv == GVT_M && bit(h->mstatus, MPRV)) {
        r->priv = (uint8_t)bits(h->mstatus, MPP + 1, MPP);
        r->virt = bit(h->mstatus, MPV) && r->priv != GVT_M;
    }
}

// data: what is stored, NULL: a load.
static int put_access(struct import *m, uint32_t code, uint64_t addr, const char *data)
{
    struct trace_record r = {.kind = TRACE_ACCESS, .op = data ? GVT_STORE : GVT_LOAD};
    size_t digits = data ? strlen(data) - 2 : 0;

    r.addr = import_canonical(m, addr);
    r.size = (uint16_t)access_size(&m->hart, code);
    if (digits == 2 || (digits && is_vector(code)))
        r.size = (uint16_t)(digits / 2);
    if ((code & 0x7f) == OPCODE_AMO)
        r.op = code >> 27 == 2 ? GVT_LR : GVT_AMO;
    if (r.size == 0 || (r.size & (r.size - 1)))
        return import_fail(m, "bad length of data after mem");
    set_mode(&m->hart, code, &r);
    r.insns = m->insns;
    m->insns = 0;
    import_put(m, &r);
    return 1;
}

// Keeps what a store wrote, for the log's own tables: digits from the right, 16 of them a part.
static void keep_data(struct import *m, uint64_t addr, const char *data)
{
    size_t left = strlen(data += 2);

    for (size_t n; m->tables && left && m->stores < IMPORT_QUEUE; left -= n, addr += 8) {
        struct import_store *s = &m->store[m->stores++];
        char part[17] = {0};
        n = left < 16 ? left : 16;
        memcpy(part, data + left - n, n);
        *s = (struct import_store){m->count - 1, (unsigned)(n + 1) / 2, addr, 0};
        parse_hex(part, UINT64_MAX, &s->value);
    }
}

// Up to release 1.1.0 a misaligned access stands there byte by byte, and so does cbo.zero in every
// release: queue[from..) are one access when they are its bytes in order. Nothing else joins them.
static void join_bytes(struct import *m, unsigned from, uint32_t code)
{
    struct trace_record *q = m->queue + from;
    unsigned n = m->count - from, whole = access_size(&m->hart, code);

    if ((code & 0x7f) == OPCODE_MISC_MEM)
        whole = n;
    if (n < 2 || n != whole || n > 4096 || is_vector(code))
        return;
    for (unsigned i = 1; i < n; i++)
        if (q[i].addr != q[0].addr + i || q[i].op != q[0].op)
            return;
    q[0].size = (uint16_t)n;
    m->count = from + 1;
    for (unsigned i = m->stores; i-- > 0 && m->store[i].at > from;)
        m->store[i].at = from;
    m->tally.read -= n - 1;
}

// --- what an instruction wrote -------------------------------------------------------------------
static bool is_hex(const char *text)
{
    return strncmp(text, "0x", 2) == 0 && text[2] && !text[2 + strspn(text + 2, hex_digits)];
}

// "e32", "m1", "mf2", "l4": state of the vector unit, without a value behind it.
static bool vector_state(struct import *m, const char *word)
{
    uint64_t n;

    if (word[0] == 'e' && parse_dec(word + 1, 1024, &n)) {
        m->hart.sew = n >= 8 ? (unsigned)(n / 8) : 1;
        return true;
    }
    if (word[0] == 'm' && word[1] != 'e')
        return parse_dec(word + (word[1] == 'f' ? 2 : 1), 64, &n);
    return word[0] == 'l' && parse_dec(word + 1, UINT64_MAX, &n);
}

// A register and its value. False: no such register.
static bool write_register(struct import *m, char *name, char *value)
{
    uint64_t number, v = 0;
    char *tail = strchr(name, '_');
    // Vector and quad registers are wider than 64 bits; nothing asks for their value.
    bool narrow = parse_hex(value, UINT64_MAX, &v);

    if (name[0] == 'c' && tail) {
        *tail = 0;
        if (!narrow || !parse_dec(name + 1, 4095, &number))
            return false;
        hart_write_csr(m, (unsigned)number, v);
        return true;
    }
    if (!strchr("xfv", name[0]) || !parse_dec(name + 1, 31, &number))
        return false;
    if (name[0] == 'x' && narrow)
        hart_write_x(&m->hart, (unsigned)number, v);
    return name[0] != 'x' || narrow;
}

// The accesses of an AMO are one, however many words the log has for them.
static int read_effects(struct import *m, uint32_t code, char *rest)
{
    unsigned from = m->count;
    bool amo_done = false;
    char name[16], *word = next_word(&rest), *value;

    while (word) {
        uint64_t addr;
        if (vector_state(m, word)) {
            word = next_word(&rest);
            continue;
        }
        value = next_word(&rest);
        if (value && !word[1] && value[0] && !value[1]) { // "x 1"
            snprintf(name, sizeof name, "%c%c", word[0], value[0]);
            word = name;
            value = next_word(&rest);
        }
        if (!value || !is_hex(value))
            return import_fail(m, "a value is missing or bad after '%.20s'", word);
        if (strcmp(word, "mem") != 0) {
            if (!write_register(m, word, value))
                return import_fail(m, "'%.20s' is no register with a value", word);
            word = next_word(&rest);
            continue;
        }
        if (!parse_hex(value, UINT64_MAX, &addr))
            return import_fail(m, "bad address after mem");
        word = next_word(&rest);
        value = word && is_hex(word) ? word : NULL;
        if (!amo_done && put_access(m, code, addr, value) < 0)
            return -1;
        amo_done = (code & 0x7f) == OPCODE_AMO;
        if (value)
            keep_data(m, addr, value);
        if (value)
            word = next_word(&rest);
    }
    join_bytes(m, from, code);
    return 1;
}

// --- lines ---------------------------------------------------------------------------------------
// A line without an instruction: the log's word about a trap, or other output.
static int other_line(struct import *m, const char *word, char *rest)
{
    char *name = word && strcmp(word, "exception") == 0 ? next_word(&rest) : NULL, *number;

    m->tally.lines++;
    if (!name)
        return 1;
    number = next_word(&rest);
    name[strcspn(name, ",")] = 0;
    if (number)
        number[strcspn(number, ",")] = 0;
    hart_exception(&m->hart, name, number ? number : "");
    return 1;
}

// Instructions without effect that mark a region: START_TRACE and STOP_TRACE of the RISC-V performance models'
// trace_macros.h (xor x0, x0, x0 and xor x0, x1, x1). They lie outside of it.
enum { ROI_BEGIN_INSN = 0x00004033, ROI_END_INSN = 0x0010c033 };

// One instruction: "PC (CODE) effects" behind the privilege digit.
static int read_insn(struct import *m, unsigned priv, char *rest)
{
    struct trace_record redirect = {.kind = TRACE_REDIRECT};
    char *pc = next_word(&rest), *insn = pc ? next_word(&rest) : NULL;
    uint64_t address, code;
    bool returns;

    if (!insn || priv == 2 || !parse_hex(pc, UINT64_MAX, &address) || insn[0] != '(' ||
        !strchr(insn, ')'))
        return import_fail(m, "not a line of a commit log: core N: PRIV PC (INSN) ...");
    *strchr(insn, ')') = 0;
    if (!parse_hex(insn + 1, UINT32_MAX, &code))
        return import_fail(m, "bad instruction code");
    hart_enter(m, priv, address);
    m->cfg.priv = m->hart.priv;
    m->cfg.virt = m->hart.virt;
    if (code == ROI_END_INSN)
        import_put(m, &(struct trace_record){.kind = TRACE_ROI, .op = GVT_ROI_END});
    import_access(m, GVT_FETCH, address, (code & 3) == 3 ? 4 : 2);
    if (code == ROI_BEGIN_INSN)
        import_put(m, &(struct trace_record){.kind = TRACE_ROI, .op = GVT_ROI_BEGIN});
    put_fence(m, (uint32_t)code);
    returns = hart_leave(&m->hart, (uint32_t)code, address);
    if (read_effects(m, (uint32_t)code, rest) < 0)
        return -1;
    if (returns)
        import_put(m, &redirect);
    return 1;
}

static int refuse_insn(struct import *m, const char *rest)
{
    static const char why[] = "of another hart than 0";

    for (; rest; rest = strstr(rest + 1, " mem "))
        import_refuse(m, why);
    return 1;
}

static bool is_digit(const char *word)
{
    return word && word[0] >= '0' && word[0] <= '3' && !word[1];
}

int import_spike(struct import *m)
{
    bool failed;
    char *line = import_line(m, &failed), *rest = line, *word, *number;
    uint64_t hart = 0;

    if (!line)
        return failed ? -1 : 0;
    word = next_word(&rest);
    if (word && strcmp(word, "core") == 0) {
        number = next_word(&rest);
        word = number ? next_word(&rest) : NULL;
        if (number)
            number[strcspn(number, ":")] = 0;
        if (word && !parse_dec(number, 4095, &hart))
            return import_fail(m, "not a line of a commit log: core N: PRIV PC (INSN) ...");
    } else if (!is_digit(word)) {
        word = NULL;
    }
    if (hart != 0 && is_digit(word))
        return refuse_insn(m, rest);
    if (hart != 0)
        word = NULL; // another hart's traps are not ours
    return is_digit(word) ? read_insn(m, (unsigned)(word[0] - '0'), rest)
                          : other_line(m, word, rest);
}
