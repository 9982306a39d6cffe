// SPDX-License-Identifier: MulanPSL-2.0
// The inputs of a run, watched cycle by cycle, as a stimulus that gives them again.
#ifndef L2TLB_COSIM_RECORD_H
#define L2TLB_COSIM_RECORD_H

#include "cosim/stimulus.h"

#include <array>
#include <optional>
#include <unordered_map>

namespace cosim {

class Recorder {
public:
    Recorder(const std::string &name, const tl_timing &timing);

    // One settled cycle; the first one is cycle 0.
    void cycle(uint64_t c, const l2tlb_in &in, const l2tlb_out &out);
    // Everything up to the last cycle seen.
    Stimulus stimulus() const;
    // Requests that were taken back before they were accepted: a stimulus cannot do that, so they
    // are not in it.
    uint64_t withdrawn() const { return withdrawn_; }
    // Of the cycle to come: number of each port's request; of the last one: which beat D carried.
    const uint64_t *index() const { return accepted_; }
    unsigned beat() const { return beat_; }

private:
    struct Read {
        uint64_t cycle, address;
        uint8_t source;
        unsigned words;
        std::array<uint64_t, 8> data;
    };
    using Lines = std::unordered_map<uint64_t, std::array<uint64_t, 8>>;

    void requests(uint64_t c, const l2tlb_in &in, const l2tlb_out &out);
    void controls(uint64_t c, const l2tlb_in &in);
    void reads(uint64_t c, const l2tlb_in &in, const l2tlb_out &out);
    static void learn(Stimulus &s, Lines &known, const Read &r);

    Stimulus s_;
    l2tlb_in last_{};
    std::optional<Event> pending_[2];
    std::deque<Read> reads_; // in the order in which memory captured them
    Lines known_;
    uint64_t accepted_[2] = {0, 0}, withdrawn_ = 0;
    unsigned beat_ = 0;
};

// The stimulus from cycle `from` on: registers, PMP and memory start as they are then, caches empty.
Stimulus last_part(const Stimulus &s, uint64_t from);

} // namespace cosim

#endif
