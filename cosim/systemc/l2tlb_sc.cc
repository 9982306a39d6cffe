// SPDX-License-Identifier: MulanPSL-2.0
#include "cosim/systemc/l2tlb_sc.h"

#include <cstring>
#include <new>

l2tlb_sc::l2tlb_sc(const sc_core::sc_module_name &name, const l2tlb_cfg &cfg)
    : sc_core::sc_module(name), machine_(l2tlb_new(&cfg))
{
    if (!machine_)
        throw std::bad_alloc();
    SC_METHOD(settle);
    sensitive << ticked_;
#define IN(type, name) sensitive << name;
#define OUT(type, name)
#include "l2tlb_memory_ports.def"
#include "l2tlb_ports.def"
#undef IN
#undef OUT
    SC_METHOD(edge);
    dont_initialize();
    sensitive << clock.pos();
}

l2tlb_sc::~l2tlb_sc()
{
    l2tlb_free(machine_);
}

template <class T, class U> static void assign(T &to, U from)
{
    to = static_cast<T>(from);
}

#include "l2tlb_ports.inc" // sample() and show()

l2tlb_in l2tlb_sc::inputs() const
{
    l2tlb_in in;
    std::memset(&in, 0, sizeof in); // padding too: the model compares CSR bundles as bytes
    sample(in);
    in.req[0].tag = in.req[1].tag = tag_;
    return in;
}

void l2tlb_sc::settle()
{
    l2tlb_out out;
    l2tlb_in in = inputs();
    l2tlb_settle(machine_, &in, &out);
    show(out);
}

void l2tlb_sc::edge()
{
    if (reset) {
        l2tlb_in in = inputs();
        l2tlb_reset(machine_, &in.csr);
    } else {
        l2tlb_tick(machine_); // with the inputs of the last settle
        tag_ = (tag_ + 1) & 0x7fffffff;
    }
    ticked_.notify(sc_core::SC_ZERO_TIME);
}
