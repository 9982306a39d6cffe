// SPDX-License-Identifier: MulanPSL-2.0
// The only object that is compiled again when the commit changes.
#include "report/version.h"

#ifndef L2TLB_VERSION
#define L2TLB_VERSION "unknown" // compiled without our Makefile
#endif

const char l2tlb_version[] = L2TLB_VERSION;
