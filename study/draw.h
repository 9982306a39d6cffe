// SPDX-License-Identifier: MulanPSL-2.0
// Which combinations of values a study looks at.
//
//   grid           all of them, the last parameter fastest
//   one-at-a-time  the first value of each parameter, then each other value with the first ones of the rest
//   random         `points` combinations, each value equally likely
//   lhs            Latin hypercube: `points` combinations; of each parameter, cut into as many equal parts, every part
//                  is used once (McKay, Beckman, Conover 1979)
//
// Draws depend on the study's seed alone. Values of stretches are added to the study while they are drawn.
#ifndef L2TLB_STUDY_DRAW_H
#define L2TLB_STUDY_DRAW_H

#include "study/study.h"

// Calls take with the value's index for each dimension until it returns false. False: it did, or a message in msg.
bool draw_all(struct study *s, bool (*take)(void *ctx, const uint32_t *value), void *ctx, char *msg, size_t size);

#endif
