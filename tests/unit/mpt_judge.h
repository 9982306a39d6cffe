// SPDX-License-Identifier: MulanPSL-2.0
// What an answer of the MPT checker should be: a walk of the tables without time, in the format that this
// RTL walks (spec E 1.2), with a PMP check of every table. Independent of mpt/.
#ifndef TESTS_UNIT_MPT_JUDGE_H
#define TESTS_UNIT_MPT_JUDGE_H

#include "check/oracle.h"

// The rights of a page (36 bits) as memory and mmpt are now. Without a mode: all.
struct mpt_perm mpt_expected(const struct oracle_env *env, uint64_t page);
// Are the MPT fields of an answer those of its page? True as well for translations with a fault: their fields mean nothing.
bool mpt_answer_right(const struct oracle_env *env, const struct ptw_resp *r);
// May a walker read a table in this page?
bool mpt_table_allowed(const struct oracle_env *env, uint64_t page);

#endif
