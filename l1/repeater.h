// SPDX-License-Identifier: MulanPSL-2.0
// A repeater of the fetch chain (spec C 2.4; Chisel PTWRepeaterNB without passReady): one register
// for requests, one for answers, each ready only while it is empty. So it passes one request and
// one answer every two cycles.
#ifndef L2TLB_L1_REPEATER_H
#define L2TLB_L1_REPEATER_H

#include "l1/l1bundle.h"

struct repeater {
    struct l1_ptw_req req;
    struct ptw_resp resp;
    bool sent, recv; // the registers hold something
};

static inline void repeater_reset(struct repeater *s)
{
    s->sent = s->recv = false;
}

// One clock edge. req, resp: what arrives in this cycle (both only while empty), or NULL;
// req_fire, resp_fire: what leaves. A flush empties both and beats arrivals.
static inline void repeater_tick(struct repeater *s, const struct l1_ptw_req *req, bool req_fire,
                                 const struct ptw_resp *resp, bool resp_fire, bool flush)
{
    if (req)
        s->req = *req;
    if (resp)
        s->resp = *resp;
    s->sent = (s->sent || req) && !req_fire && !flush;
    s->recv = (s->recv || resp) && !resp_fire && !flush;
}

#endif
