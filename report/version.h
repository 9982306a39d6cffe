// SPDX-License-Identifier: MulanPSL-2.0
// Version of the program, as `--version` and the reports print it: "0.1.0 (3f2a9c41d07e)", with the
// commit where it is known, and ", changed" where files differ from it (scripts/version.sh).
#ifndef L2TLB_REPORT_VERSION_H
#define L2TLB_REPORT_VERSION_H

extern const char l2tlb_version[];

#endif
