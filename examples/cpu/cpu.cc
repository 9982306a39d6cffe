// SPDX-License-Identifier: MulanPSL-2.0
// A small core that is driven by a trace, with the L2TLB behind its data TLB (l2tlb/transact.h): what does translation cost?
//
//   l2tlb gen zipf -n 100k - | cpu
//
// Accesses are the lines `l ADDR` and `s ADDR` of a text trace. The core takes 4 instructions a cycle, every fourth one an
// access, keeps 128 in flight, and retires in order; an access is done 4 cycles after its page is known. Pages are known in a
// TLB of 48 entries (LRU) or come from the L2TLB, whose reads of page tables take 20 cycles where a line was read lately (256
// lines), else 160. Everything is mapped with 4-KiB pages before the run: once with one stage, once with two.
#include <l2tlb/tables.h>
#include <l2tlb/transact.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <list>
#include <map>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

constexpr unsigned width = 4, window = 128, per_access = 4, load_cycles = 4, tlb_entries = 48;
constexpr uint64_t guest_to_host = UINT64_C(0x100000000); // guest page g is host page g + this, in bytes

void ok(int status, const char *what = "")
{
    if (status)
        throw std::runtime_error(std::string(l2tlb_status_text(status)) + (*what ? ": " : "") + what);
}

// The least recently used of some keys goes.
class Lru {
public:
    explicit Lru(size_t size) : size_(size) {}
    bool touch(uint64_t key) // was it there?
    {
        auto at = where_.find(key);
        bool hit = at != where_.end();
        if (hit)
            order_.erase(at->second);
        else if (order_.size() == size_) {
            where_.erase(order_.back());
            order_.pop_back();
        }
        order_.push_front(key);
        where_[key] = order_.begin();
        return hit;
    }
    bool has(uint64_t key) const { return where_.count(key) != 0; }

private:
    size_t size_;
    std::list<uint64_t> order_;
    std::unordered_map<uint64_t, std::list<uint64_t>::iterator> where_;
};

enum class Stages { none, one, two };

// The pages of a trace, mapped in one stage or two, and the MMU over them.
class Mmu {
public:
    Mmu(const std::vector<uint64_t> &accesses, Stages stages) : kind_(stages == Stages::two ? L2TLB_ALL_STAGE : L2TLB_NO_S2XLATE)
    {
        ok(l2tlb_memory_new(&memory_));
        l2tlb_csr csr{};
        map(accesses, stages == Stages::two, csr);
        l2tlb_config *config = nullptr;
        l2tlb_transact_hooks hooks{};
        hooks.size = sizeof hooks;
        hooks.ctx = this;
        hooks.done = [](void *ctx, const l2tlb_done *d) { static_cast<Mmu *>(ctx)->done(*d); };
        hooks.read = [](void *ctx, uint64_t addr, unsigned id) { static_cast<Mmu *>(ctx)->read(addr, id); };
        ok(l2tlb_cfg_new("default", &config));
        ok(l2tlb_transact_new(config, &hooks, &mmu_), l2tlb_cfg_message(config));
        l2tlb_cfg_free(config);
        ok(l2tlb_transact_csr(mmu_, &csr));
        ok(l2tlb_transact_advance(mmu_, 4));
    }
    Mmu(const Mmu &) = delete;
    Mmu &operator=(const Mmu &) = delete;
    ~Mmu()
    {
        l2tlb_transact_free(mmu_);
        l2tlb_memory_free(memory_);
    }
    bool known(uint64_t page)
    {
        return tlb_.has(page) && tlb_.touch(page);
    }
    // A page is asked for once, whoever waits for it.
    void ask(uint64_t page)
    {
        if (!asked_.emplace(page, true).second)
            return;
        ok(l2tlb_transact_submit(mmu_, page, kind_, page), l2tlb_transact_message(mmu_));
        misses++;
    }
    void cycle() { ok(l2tlb_transact_advance(mmu_, 1)); }
    uint64_t misses = 0, reads = 0, wait = 0;

private:
    void map(const std::vector<uint64_t> &accesses, bool two, l2tlb_csr &csr)
    {
        l2tlb_tables_config c, g;
        l2tlb_tables *first = nullptr, *second = nullptr;
        l2tlb_tables_config_init(&c);
        c.format = L2TLB_SV39;
        c.memory = memory_;
        c.frames_from = 0x80000000; // below there are devices, which the walkers must not read
        c.frames_to = 0xc0000000;
        g = c;
        if (two) // tables of the guest lie where its memory lies
            c.host = [](void *, uint64_t addr) { return addr + guest_to_host; };
        ok(l2tlb_tables_new(&c, &first), c.message);
        std::map<uint64_t, uint64_t> guest; // guest physical pages
        uint64_t next = 0xc0000000;
        for (uint64_t va : accesses)
            if (l2tlb_tables_translate(first, va, nullptr)) {
                guest[next] = 1;
                ok(l2tlb_tables_map(first, va & ~UINT64_C(0xfff), next, 12,
                                    L2TLB_MAP_R | L2TLB_MAP_W | L2TLB_MAP_U | L2TLB_MAP_A | L2TLB_MAP_D),
                   l2tlb_tables_message(first));
                next += 0x1000;
            }
        (two ? csr.vsatp : csr.satp).mode = 8;
        (two ? csr.vsatp : csr.satp).ppn = l2tlb_tables_root_field(first);
        l2tlb_tables_free(first);
        if (!two)
            return;
        g.format = L2TLB_SV39X4;
        g.frames_from = 0x400000000;
        g.frames_to = 0x440000000;
        ok(l2tlb_tables_new(&g, &second), g.message);
        constexpr unsigned rights = L2TLB_MAP_R | L2TLB_MAP_W | L2TLB_MAP_X | L2TLB_MAP_A | L2TLB_MAP_D;
        ok(l2tlb_tables_map_range(second, c.frames_from, c.frames_from + guest_to_host, 0x1000000, rights, 12)); // its tables
        for (auto &page : guest)
            ok(l2tlb_tables_map(second, page.first, page.first + guest_to_host, 12, rights));
        csr.hgatp.mode = 8;
        csr.hgatp.ppn = l2tlb_tables_root_field(second);
        csr.virt = 1;
        l2tlb_tables_free(second);
    }
    void done(const l2tlb_done &d)
    {
        asked_.erase(d.tag);
        if (d.fault)
            throw std::runtime_error("a page that is mapped faults");
        tlb_.touch(d.tag);
        wait += d.done - d.submitted;
    }
    void read(uint64_t addr, unsigned id)
    {
        uint64_t line[8], now = l2tlb_transact_cycle(mmu_);
        ok(l2tlb_memory_read(memory_, addr, line, 8));
        ok(l2tlb_transact_answer_read(mmu_, id, now + (lines_.touch(addr) ? 20 : 160), line));
        reads++;
    }
    unsigned kind_;
    l2tlb_memory *memory_ = nullptr;
    l2tlb_transact *mmu_ = nullptr;
    Lru tlb_{tlb_entries}, lines_{256};
    std::unordered_map<uint64_t, bool> asked_;
};

struct Instruction {
    uint64_t page;      // of an access
    bool access, done;
    uint64_t ready;     // cycle in which it may retire, once done
};

double run(const std::vector<uint64_t> &accesses, Stages stages, const char *name)
{
    Mmu mmu(accesses, stages);
    std::deque<Instruction> rob;
    uint64_t cycle = 0, retired = 0, all = accesses.size() * per_access, taken = 0;
    while (retired < all) {
        for (unsigned i = 0; i < width && !rob.empty() && rob.front().done && rob.front().ready <= cycle; i++, retired++)
            rob.pop_front();
        for (unsigned i = 0; i < width && taken < all && rob.size() < window; i++, taken++) {
            bool access = taken % per_access == 0;
            rob.push_back({access ? accesses[taken / per_access] >> 12 : 0, access, !access, cycle + 1});
        }
        for (Instruction &in : rob) {
            if (in.done)
                continue;
            if (stages == Stages::none || mmu.known(in.page)) {
                in.done = true;
                in.ready = cycle + load_cycles;
            } else {
                mmu.ask(in.page);
            }
        }
        mmu.cycle();
        cycle++;
    }
    double ipc = static_cast<double>(retired) / static_cast<double>(cycle);
    std::printf("%-12s IPC %.3f, %" PRIu64 " cycles, %" PRIu64 " misses, %.1f cycles each, %.2f reads\n", name, ipc, cycle,
                mmu.misses, mmu.misses ? static_cast<double>(mmu.wait) / static_cast<double>(mmu.misses) : 0,
                mmu.misses ? static_cast<double>(mmu.reads) / static_cast<double>(mmu.misses) : 0);
    return ipc;
}

} // namespace

int main()
try {
    std::vector<uint64_t> accesses;
    char line[256];
    while (std::fgets(line, sizeof line, stdin))
        if ((line[0] == 'l' || line[0] == 's') && line[1] == ' ')
            accesses.push_back(std::strtoull(line + 2, nullptr, 16));
    if (accesses.empty())
        throw std::runtime_error("no accesses on standard input");
    double none = run(accesses, Stages::none, "untranslated");
    double one = run(accesses, Stages::one, "one stage");
    double two = run(accesses, Stages::two, "two stages");
    std::printf("one stage costs %.1f %%, two stages cost %.1f %%\n", 100 * (1 - one / none), 100 * (1 - two / none));
    return 0;
} catch (const std::exception &e) {
    std::fprintf(stderr, "cpu: %s\n", e.what());
    return 2;
}
