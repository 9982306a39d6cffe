// SPDX-License-Identifier: MulanPSL-2.0
// One seed gives one stimulus. A seed first draws a character (what is frequent, what is absent),
// then events from it, so that rare meetings of two events become frequent in some seeds.
#include "cosim/random_stim.h"

#include <algorithm>

namespace cosim {
namespace {

class Rng {
public:
    explicit Rng(uint64_t seed) : s_(mix64(seed * MIX64_K + 1)) {}
    uint64_t next()
    {
        s_ += MIX64_K;
        return mix64(s_);
    }
    uint64_t below(uint64_t n) { return n ? next() % n : 0; }
    bool chance(unsigned permille) { return below(1000) < permille; }
    template <class T, size_t N> T pick(const T (&a)[N]) { return a[below(N)]; }
    // Log-uniform in lo..hi.
    uint64_t scale(uint64_t lo, uint64_t hi)
    {
        uint64_t v = lo;
        while (v < hi && chance(650))
            v = v * 2 + below(2);
        return std::min(std::max(v, lo), hi);
    }

private:
    uint64_t s_;
};

// Host and guest tables live in the pages 0x80000..; the guest sees the same pages through the G
// tables, mostly at the same numbers. Tables of the G stage are at 0x80100...
enum : uint64_t {
    POOL = 0x80000,
    LEVEL_PAGES = 6, // tables per level
    POOL_PAGES = 4 * LEVEL_PAGES,
    G_ROOT4 = 0x80100, // Sv48x4 root, 4 pages
    G_ROOT3 = 0x80104, // Sv39x4 root, 4 pages; also the level-2 table below G_ROOT4[0]
    G_L1 = 0x80108,
    G_L0 = 0x80110,
    BITMAP_BASE = 0x4000000, // MBMC.BMA, units of 64 bytes
    DEBUG_PAGE = 0x38020,    // the debug module's (spec E 0.2 rule 2)
};

class Builder {
public:
    explicit Builder(const RandomOptions &opt) : opt_(opt), r_(opt.seed)
    {
        s_.name = "random_" + std::to_string(opt.seed);
        s_.end = opt.cycles;
    }

    Stimulus build()
    {
        character();
        timing();
        host_tables();
        g_tables();
        csr_start();
        open_pmp();
        if (opt_.bitmap)
            bitmap();
        events();
        std::stable_sort(s_.events.begin(), s_.events.end(),
                         [](const Event &a, const Event &b) { return a.cycle < b.cycle; });
        return std::move(s_);
    }

private:
    void character()
    {
        bad_ = r_.pick<unsigned>({0, 10, 60, 200});
        leaf_ = r_.pick<unsigned>({30, 120, 300});
        napot_ = r_.pick<unsigned>({0, 30, 200});
        global_ = r_.pick<unsigned>({0, 100, 500});
        wide_ = r_.pick<unsigned>({0, 0, 20, 80});
        pbmt_ = r_.pick<unsigned>({0, 30});
        g_bad_ = r_.pick<unsigned>({0, 5, 40, 150});
        for (unsigned k = 0; k < 4; k++)
            weight_[k] = static_cast<unsigned>(r_.below(4) ? r_.below(10) : 0);
        if (!(weight_[0] + weight_[1] + weight_[2] + weight_[3]))
            weight_[r_.below(4)] = 1;
        req_gap_[0] = r_.scale(1, 400);
        req_gap_[1] = r_.scale(1, 400);
        hot_ = r_.scale(1, 48);
        flush_gap_ = r_.chance(150) ? 0 : r_.scale(40, 4000);
        csr_gap_ = r_.chance(400) ? 0 : r_.scale(60, 4000);
        level_gap_ = r_.chance(500) ? 0 : r_.scale(60, 4000);
        pmp_gap_ = r_.chance(500) ? 0 : r_.scale(100, 6000);
        x_only_ = r_.pick<unsigned>({0, 0, 30, 200});
        debug_ = opt_.debug && r_.chance(400);
        odd_root_ = r_.chance(200) ? 500 : 20;
        memw_gap_ = r_.chance(400) ? 0 : r_.scale(20, 2000);
        rready_gap_ = r_.chance(500) ? 0 : r_.scale(3, 300);
        lull_ = r_.chance(300);
        for (unsigned i = 0; i < 6; i++)
            top_[i] = r_.below(8);
        if (opt_.keyid_bits) // last: other builds draw the same with and without it
            keys_ = r_.pick<unsigned>({0, 10, 60});
    }

    void timing()
    {
        tl_timing &t = s_.timing;
        t.lat = r_.pick<uint64_t>({1, 1, 2, 3, 5, 8, 13, 20, 40});
        t.span = r_.chance(500) ? 0 : r_.scale(2, 60);
        t.seed = r_.next();
        t.gap = r_.chance(700) ? 1 : 1 + r_.below(4);
        switch (r_.below(4)) {
        case 0:
            t.aready = AREADY_PATTERN;
            t.period = static_cast<unsigned>(2 + r_.below(20));
            t.mask = r_.next() | 1;
            break;
        case 1:
            t.aready = AREADY_HASH;
            t.threshold = static_cast<unsigned>(16 + r_.below(240));
            break;
        default:
            t.aready = AREADY_ALWAYS;
        }
    }

    // --- page tables -------------------------------------------------------------------------

    // A level-0 and level-1 table, as the pointer to it reads, may be the debug module's page.
    uint64_t next_table(unsigned level)
    {
        return keyed(debug_ && level < 2 && r_.chance(150) ? DEBUG_PAGE
                                                           : table(level, r_.below(LEVEL_PAGES)));
    }

    // A page that tables point to, in a build with key ids sometimes under another key (spec D 5.4).
    uint64_t keyed(uint64_t page)
    {
        if (keys_ && r_.chance(keys_))
            page |= UINT64_C(1) << (36 - 1 - r_.below(opt_.keyid_bits));
        return page;
    }

    static uint64_t table(unsigned level, uint64_t i) { return POOL + level * LEVEL_PAGES + i; }

    uint64_t leaf_flags()
    {
        static const uint64_t flags[] = {0xcf, 0xdf, 0xdf, 0xdf, 0x5f, 0xd7, 0xd9, 0x1f, 0x4f, 0xd3};
        uint64_t f = r_.pick(flags);
        if (r_.chance(global_))
            f |= PTE_G;
        if (r_.chance(pbmt_))
            f |= r_.below(4) << 61;
        return f;
    }

    uint64_t spoil(uint64_t pte)
    {
        switch (r_.below(10)) {
        case 9: return (pte & ~UINT64_C(0xff)) | 1; // points to a next level
        case 0: return pte & ~UINT64_C(1);
        case 1: return (pte & ~UINT64_C(2)) | 4;
        case 2: return pte | (UINT64_C(1) << (54 + r_.below(7)));
        case 3: return pte | PTE_N;
        case 4: return pte | (UINT64_C(3) << 61);
        case 5: return pte ^ (UINT64_C(1) << (10 + r_.below(18)));
        case 6: return 0;
        case 7: return pte ^ (r_.next() & 0xff);
        default: return pte | (UINT64_C(1) << (46 + r_.below(8)));
        }
    }

    // Leaf page number: clustered so that neighbours share the upper bits.
    uint64_t leaf_page(unsigned level, uint64_t index)
    {
        static const uint64_t bases[] = {0x80000, 0x80000, 0x80200, 0x40000, 0x200000, 0xc0000, 0};
        uint64_t base = r_.pick(bases) + (r_.chance(700) ? index : r_.below(64));
        if (r_.chance(wide_))
            base |= UINT64_C(1) << (28 + r_.below(16));
        base &= ~mask64(9 * level);
        if (level && r_.chance(bad_)) // misaligned by one bit, often the highest or lowest
            base ^= UINT64_C(1) << (r_.chance(300) ? 9 * level - 1 : r_.below(9 * level));
        return base;
    }

    uint64_t entry(unsigned level, uint64_t index)
    {
        uint64_t pte;
        if (level > 0 && !r_.chance(leaf_)) {
            pte = next_table(level - 1) << 10 | 1;
            if (r_.chance(global_ / 2))
                pte |= PTE_G;
        } else {
            uint64_t page = leaf_page(level, index);
            if (level == 0 && r_.chance(napot_))
                page = (page & ~UINT64_C(15)) | 8, pte = page << 10 | leaf_flags() | PTE_N;
            else
                pte = page << 10 | leaf_flags();
        }
        return r_.chance(bad_) ? spoil(pte) : pte;
    }

    void fill(uint64_t page, unsigned level)
    {
        for (uint64_t i = 0; i < 48; i++)
            put((page << 12) + 8 * i, entry(level, i));
        for (uint64_t i = 504; i < 512; i++)
            put((page << 12) + 8 * i, entry(level, i));
    }

    void put(uint64_t addr, uint64_t word)
    {
        if (word)
            s_.mem.emplace_back(addr, word);
        words_.push_back(addr);
    }

    void host_tables()
    {
        for (unsigned level = 0; level < 4; level++)
            for (uint64_t i = 0; i < LEVEL_PAGES; i++)
                fill(table(level, i), level);
        if (debug_)
            fill(DEBUG_PAGE, 0);
    }

    uint64_t g_leaf(uint64_t page)
    {
        uint64_t pte = page << 10 | 0xdf;
        if (r_.chance(g_bad_))
            pte = r_.chance(500) ? spoil(pte) : (pte & ~UINT64_C(0xe)) | (r_.below(2) ? 8 : 6);
        if (r_.chance(x_only_)) // for MXR
            pte = (pte & ~UINT64_C(6)) | 8;
        if (r_.chance(global_ / 4))
            pte |= PTE_G;
        return pte;
    }

    void g_tables()
    {
        bool big = r_.chance(250); // whole GiB instead of 4-KiB pages for the tables
        put((G_ROOT4 << 12), (G_ROOT3 << 10) | 1);
        put((G_ROOT4 << 12) + 8, g_leaf(UINT64_C(1) << 27));
        for (uint64_t i = 0; i < 16; i++) {
            uint64_t pte = i == 2 && !big ? (G_L1 << 10) | 1 : g_leaf(i << 18);
            if (i != 2 && r_.chance(300))
                pte = (keyed(G_L1 + 1 + r_.below(3)) << 10) | 1;
            put((G_ROOT3 << 12) + 8 * i, pte);
        }
        for (uint64_t t = 0; t < 4; t++) {
            for (uint64_t i = 0; i < 16; i++) {
                uint64_t pte = g_leaf(POOL + (i << 9));
                if (r_.chance(t == 0 && i == 0 ? 900 : 500))
                    pte = (keyed(G_L0 + (t == 0 && i == 0 ? 0 : r_.below(6))) << 10) | 1;
                if (r_.chance(g_bad_))
                    pte = spoil(pte);
                put(((G_L1 + t) << 12) + 8 * i, pte);
            }
        }
        for (uint64_t t = 0; t < 6; t++) {
            for (uint64_t i = 0; i < 128; i++) {
                uint64_t page = POOL + (t == 0 && !r_.chance(20) ? i : r_.below(128));
                uint64_t pte = g_leaf(page);
                if (r_.chance(napot_ / 4))
                    pte = ((page & ~UINT64_C(15)) | 8) << 10 | 0xdf | PTE_N;
                put(((G_L0 + t) << 12) + 8 * i, pte);
            }
        }
    }

    // --- control -----------------------------------------------------------------------------

    atp random_atp(bool guest)
    {
        static const uint16_t ids[] = {1, 2, 9, 12, 5};
        atp a{};
        a.mode = r_.chance(20) ? MODE_BARE : r_.chance(500) ? MODE_SV39 : MODE_SV48;
        a.id = r_.pick(ids);
        a.ppn = table(a.mode == MODE_SV48 ? 3 : 2, r_.below(2));
        if (guest && r_.chance(wide_))
            a.ppn |= UINT64_C(1) << (28 + r_.below(12));
        return a;
    }

    atp random_hgatp()
    {
        static const uint16_t ids[] = {3, 18, 3, 4, 0x4003};
        atp a{};
        a.mode = r_.chance(30) ? MODE_BARE : r_.chance(500) ? MODE_SV39 : MODE_SV48;
        a.id = r_.chance(900) ? 3 : r_.pick(ids);
        a.ppn = a.mode == MODE_SV48 ? G_ROOT4 : G_ROOT3;
        if (r_.chance(odd_root_)) // not aligned to 16 KiB
            a.ppn |= r_.below(4);
        return a;
    }

    void csr_start()
    {
        s_.init.satp = random_atp(false);
        s_.init.vsatp = random_atp(true);
        s_.init.hgatp = random_hgatp();
        s_.init.virt = r_.chance(600);
        s_.init.mxr = r_.chance(300);
        s_.init.debug = debug_ && r_.chance(300);
        s_.init.m_pbmte = r_.chance(500);
        s_.init.h_pbmte = r_.chance(500);
    }

    void add(uint64_t cycle, Event::Kind kind, std::initializer_list<uint64_t> args)
    {
        Event e{};
        e.kind = kind;
        e.cycle = cycle;
        std::copy(args.begin(), args.end(), e.arg);
        s_.events.push_back(e);
    }

    void open_pmp()
    {
        uint64_t c = r_.below(30);
        if (r_.chance(900)) {
            add(c, Event::PMP, {0x3bf, ~UINT64_C(0)});
            add(c + 1, Event::PMP, {0x3a2, UINT64_C(0x1f) << 56});
        }
        if (debug_) { // cacheable memory for once
            add(c + 2, Event::PMP, {0x7c8, DEBUG_PAGE << 10 | mask64(9)});
            add(c + 3, Event::PMP, {0x7c0, 0x5f});
        }
    }

    // --- Shield-Bitmap -----------------------------------------------------------------------

    static uint64_t word_of(uint64_t page) { return (BITMAP_BASE << 6) + (page >> 6 << 3); }

    uint64_t secure_bits()
    {
        uint64_t word = 0;
        for (unsigned i = 0; i < 64; i++)
            word |= static_cast<uint64_t>(r_.chance(secure_)) << i;
        return word;
    }

    uint64_t mbmc()
    {
        uint64_t base = BITMAP_BASE + (r_.chance(60) ? 1 + r_.below(3) : 0);
        bool bme = !r_.chance(100), clear = r_.chance(300), cmode = r_.chance(250);
        return base << 6 | static_cast<uint64_t>(r_.chance(500)) << 3 |
               static_cast<uint64_t>(bme) << 2 | static_cast<uint64_t>(clear) << 1 |
               static_cast<uint64_t>(cmode);
    }

    // Words of the pages that leaves and tables use; a seed marks few or many pages secure.
    void bitmap()
    {
        secure_ = r_.pick<unsigned>({0, 10, 60, 250, 600});
        static const uint64_t pages[] = {0, POOL, G_ROOT4, 0x80200, 0x40000, 0x200000, 0xc0000};
        for (uint64_t p : pages)
            for (uint64_t i = 0; i < 10; i++) {
                uint64_t addr = word_of(p + 64 * i);
                if (uint64_t word = secure_bits())
                    s_.mem.emplace_back(addr, word);
                bitmap_words_.push_back(addr);
            }
        uint64_t m = r_.chance(100) ? mbmc() : BITMAP_BASE << 6 | 4;
        s_.init.mbmc.bma = m >> 6;
        s_.init.mbmc.keyiden = (m >> 3) & 1;
        s_.init.mbmc.bme = (m >> 2) & 1;
        s_.init.mbmc.cmode = m & 1;
        every(r_.chance(300) ? 0 : r_.scale(30, 3000),
              [this](uint64_t c) { add(c, Event::MBMC, {mbmc()}); });
        every(r_.chance(300) ? 0 : r_.scale(20, 2000), [this](uint64_t c) {
            add(c, Event::MEMW, {bitmap_words_[r_.below(bitmap_words_.size())], secure_bits()});
        });
        every(r_.chance(700) ? 0 : r_.scale(100, 3000), [this](uint64_t c) { // words out of reach
            add(c, Event::PMP, {0x3b0 + r_.below(8),
                                (word_of(r_.chance(500) ? POOL : 0x200000) >> 12 << 10) |
                                    mask64(9 + r_.below(3))});
        });
    }

    void pmp_event(uint64_t c)
    {
        uint64_t page = POOL + r_.below(POOL_PAGES + 4);
        if (r_.chance(100))
            page = G_ROOT3 + r_.below(20);
        uint64_t addr = page << 10;
        if (r_.chance(400))
            addr |= mask64(9 + r_.below(4));
        unsigned i = static_cast<unsigned>(r_.below(8));
        static const uint8_t modes[] = {0x00, 0x08, 0x18, 0x1f, 0x19, 0x0f, 0x10, 0x1e};
        switch (r_.below(6)) {
        case 0:
        case 1:
            add(c, Event::PMP, {0x3b0 + i, addr});
            break;
        case 2:
        case 3: {
            uint64_t word = 0;
            for (unsigned k = 0; k < 8; k++)
                if (r_.chance(300))
                    word |= static_cast<uint64_t>(r_.pick(modes)) << (8 * k);
            if (r_.chance(10))
                word |= UINT64_C(0x80) << (8 * r_.below(8));
            add(c, Event::PMP, {0x3a0, word});
            break;
        }
        case 4:
            add(c, Event::PMP, {0x7c8 + r_.below(3), addr});
            break;
        default:
            add(c, Event::PMP, {0x7c0, UINT64_C(0x0b0b0b0f0b000000) | r_.pick(modes) |
                                           static_cast<uint64_t>(r_.chance(500) ? 0x58 : 0) << 8});
        }
        if (r_.chance(60)) // everything open again
            add(c + 1, Event::PMP, {0x3a0, 0});
    }

    uint64_t random_vpn()
    {
        // level 3 and 2 indices are few, so that tables are shared between requests
        uint64_t v = top_[r_.below(2)];
        v = v << 9 | top_[2 + r_.below(2)];
        v = v << 9 | (r_.chance(800) ? top_[4 + r_.below(2)] : r_.below(48));
        v = v << 9 | (r_.chance(950) ? r_.below(48) : 504 + r_.below(8));
        if (r_.chance(40))
            v ^= UINT64_C(1) << r_.below(38);
        return v & mask64(38);
    }

    uint64_t guest_page()
    {
        uint64_t g = r_.chance(600) ? POOL + r_.below(128) : r_.below(16) << 18 | r_.below(1 << 12);
        if (r_.chance(odd_root_)) // the upper quarters of the root
            g |= r_.below(4) << (r_.chance(500) ? 27 : 36);
        if (r_.chance(40))
            g ^= UINT64_C(1) << r_.below(38);
        return g;
    }

    unsigned kind()
    {
        uint64_t n = r_.below(weight_[0] + weight_[1] + weight_[2] + weight_[3]);
        unsigned k = 0;
        while (n >= weight_[k])
            n -= weight_[k++];
        return k;
    }

    void requests(unsigned port)
    {
        std::vector<std::pair<uint64_t, unsigned>> hot;
        for (uint64_t c = 30 + r_.below(40); c < s_.end;) {
            if (hot.size() < hot_ || r_.chance(60)) {
                unsigned k = kind();
                std::pair<uint64_t, unsigned> q(k == 2 ? guest_page() : random_vpn(), k);
                if (hot.size() < hot_)
                    hot.push_back(q);
                else
                    hot[r_.below(hot.size())] = q;
            }
            auto q = hot[r_.below(hot.size())];
            if (r_.chance(300))
                q.first ^= r_.below(16);
            if (r_.chance(50))
                q.second = kind();
            add(c, Event::REQ, {port, q.first, q.second});
            if (lull_ && r_.chance(20))
                c += r_.below(600);
            c += r_.chance(500) ? 1 : 1 + r_.below(2 * req_gap_[port]);
        }
    }

    void fence(uint64_t c)
    {
        static const uint64_t ids[] = {1, 2, 9, 12, 5, 3, 18, 0x4003};
        uint64_t hv = r_.chance(300), hg = r_.chance(300);
        uint64_t page = hg ? guest_page() : random_vpn();
        add(c, Event::SFENCE, {r_.chance(400), r_.chance(500), hg ? page << 10 : page << 12,
                               r_.pick(ids), hv, hg});
    }

    void csr(uint64_t c)
    {
        unsigned which = static_cast<unsigned>(r_.below(3));
        atp a = which == 2 ? random_hgatp() : random_atp(which == 1);
        static const Event::Kind kinds[] = {Event::SATP, Event::VSATP, Event::HGATP};
        add(c, kinds[which], {a.mode, a.id, a.ppn, r_.chance(700)});
    }

    template <class F> void every(uint64_t gap, F f)
    {
        if (!gap)
            return;
        for (uint64_t c = 20 + r_.below(gap); c < s_.end; c += 1 + r_.below(2 * gap)) {
            f(c);
            if (r_.chance(100)) // a second one close by
                f(c + 1 + r_.below(4));
        }
    }

    void events()
    {
        requests(0);
        requests(1);
        every(flush_gap_, [this](uint64_t c) { fence(c); });
        every(csr_gap_, [this](uint64_t c) { csr(c); });
        every(level_gap_, [this](uint64_t c) {
            if (r_.chance(700))
                add(c, Event::PRIV, {r_.below(2), r_.below(2)});
            else
                add(c, Event::PBMTE, {r_.below(2), r_.below(2)});
        });
        every(pmp_gap_, [this](uint64_t c) { pmp_event(c); });
        every(memw_gap_, [this](uint64_t c) {
            uint64_t addr = words_[r_.below(words_.size())];
            unsigned level = static_cast<unsigned>(((addr >> 12) - POOL) / LEVEL_PAGES);
            uint64_t pte = level < 4 ? entry(level, (addr >> 3) & 511) : g_leaf(POOL + r_.below(128));
            add(c, Event::MEMW, {addr, pte});
        });
        bool ready = true;
        every(rready_gap_, [&](uint64_t c) {
            ready = !ready;
            add(c, Event::RREADY, {ready});
            if (!ready && r_.chance(700))
                add(c + 1 + r_.below(6), Event::RREADY, {ready = true});
        });
        if (debug_)
            every(r_.scale(100, 3000), [this](uint64_t c) { add(c, Event::DEBUG, {r_.below(2)}); });
        if (opt_.wfi)
            every(r_.scale(100, 3000), [this](uint64_t c) {
                add(c, Event::WFI, {1});
                add(c + 1 + r_.below(80), Event::WFI, {0});
            });
    }

    const RandomOptions opt_;
    Rng r_;
    Stimulus s_;
    unsigned bad_ = 0, leaf_ = 0, napot_ = 0, global_ = 0, wide_ = 0, pbmt_ = 0, g_bad_ = 0;
    unsigned weight_[4] = {};
    uint64_t req_gap_[2] = {}, hot_ = 1, flush_gap_ = 0, csr_gap_ = 0, level_gap_ = 0, pmp_gap_ = 0;
    uint64_t memw_gap_ = 0, rready_gap_ = 0;
    bool lull_ = false, debug_ = false;
    unsigned x_only_ = 0, odd_root_ = 0, keys_ = 0;
    uint64_t top_[6] = {};
    std::vector<uint64_t> words_, bitmap_words_;
    unsigned secure_ = 0;
};

} // namespace

Stimulus random_stimulus(const RandomOptions &opt)
{
    return Builder(opt).build();
}

} // namespace cosim
