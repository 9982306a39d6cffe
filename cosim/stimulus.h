// SPDX-License-Identifier: MulanPSL-2.0
// A recorded stimulus (docs/recordings.md 3): parsed, and played cycle by cycle.
#ifndef L2TLB_COSIM_STIMULUS_H
#define L2TLB_COSIM_STIMULUS_H

#include "cosim/dut.h"

extern "C" {
#include "check/stim.h"
}

#include <deque>
#include <string>
#include <vector>

namespace cosim {

struct Event {
    enum Kind {
        REQ, SFENCE, SATP, VSATP, HGATP, PRIV, PBMTE, WFI, PMP, RREADY, MEMW, MBMC, DEBUG
    } kind;
    uint64_t cycle;
    uint64_t arg[6];
};

struct Stimulus {
    std::string name;
    tl_timing timing{};
    tlb_csr init{};
    uint64_t end = 0;
    std::vector<std::pair<uint64_t, uint64_t>> mem;
    std::vector<Event> events;
};

// The same as check/stim.h has it.
Stimulus stimulus_of(const struct stim &in);
// Reads a stimulus with the reader of the model (check/stim.h), plain or gzip. Throws
// std::runtime_error "file:line: reason".
Stimulus read_stimulus(const std::string &path);
// Writes it as text. Throws std::runtime_error.
void write_stimulus(const Stimulus &s, const std::string &path);
// MBMC as one word, as the stimuli have it.
uint64_t encode_mbmc(const struct mbmc &m);
// All lines of a text file, plain or gzip.
std::vector<std::string> read_lines(const std::string &path);

// Inputs of every cycle: events, held requests, memory. Per cycle: begin(), settle, finish().
class Player {
public:
    explicit Player(const Stimulus &s);
    ~Player();
    Player(const Player &) = delete;
    Player &operator=(const Player &) = delete;

    const l2tlb_in &inputs() const { return in_; }
    // Fills the inputs of this cycle.
    void begin(uint64_t cycle);
    // Takes the handshakes of this cycle from the settled outputs.
    void finish(uint64_t cycle, const l2tlb_out &out);
    uint64_t index(unsigned port) const { return accepted_[port]; } // of the pending request
    unsigned beat() const { return beat_; }

private:
    void apply(const Event &e);

    const Stimulus &stim_;
    phys *mem_;
    tl *tl_;
    size_t next_ = 0;
    l2tlb_in in_{};
    std::deque<Event> waiting_[2];
    uint64_t accepted_[2] = {0, 0};
    unsigned beat_ = 0;
};

} // namespace cosim

#endif
