// SPDX-License-Identifier: MulanPSL-2.0
// What all headers of libl2tlb share: status codes, versions, how structures grow.
//
// Rules that hold for every function of the library:
//   * Nothing is printed, nothing ends the program, there are no global variables. An object may be used
//     by one thread at a time; different objects by different threads at once.
//   * A function that can fail returns enum l2tlb_status as an int; L2TLB_OK is 0. Where an object is at
//     hand its *_message() says more: what is wrong with which value. After a failure nothing has changed,
//     unless the function says otherwise. Any function that makes an object or a text may return
//     L2TLB_NO_MEMORY; others say so.
//   * new and copy functions store NULL where they fail; free functions take NULL.
//   * Structures that may grow begin with `size`: sizeof of the structure as the caller was compiled. A
//     library that knows more members takes them as 0; one that knows fewer refuses what it would have to
//     ignore (L2TLB_BAD_SIZE) and clears what it does not fill. Members `zero` of what goes in must be 0
//     (L2TLB_BAD_VALUE); of what comes out they are.
//   * Callbacks must not call functions of the object that calls them, unless the function says so.
#ifndef L2TLB_BASE_H
#define L2TLB_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Of these headers. Same major number: programs compiled against an older minor number run with a newer
// library; major 0: same minor number, too (docs/library.md).
#define L2TLB_VERSION_MAJOR 0
#define L2TLB_VERSION_MINOR 1
#define L2TLB_VERSION_PATCH 0

#ifndef L2TLB_API
#if defined(__GNUC__)
#define L2TLB_API __attribute__((visibility("default")))
#else
#define L2TLB_API
#endif
#endif

enum l2tlb_status {
    L2TLB_OK = 0,
    L2TLB_NO_MEMORY = 1,  // the host's memory is exhausted
    L2TLB_BAD_KEY = 2,    // no such parameter, preset, format, ...
    L2TLB_BAD_VALUE = 3,  // out of range, malformed, or at odds with other values
    L2TLB_BAD_SIZE = 4,   // `size` of a structure or buffer
    L2TLB_BAD_ORDER = 5,  // this call is not possible now (tick without settle, ...)
    L2TLB_BAD_BEAT = 6,   // a beat on channel D that answers no read, or breaks into another one
    L2TLB_BAD_STATE = 7,  // bytes that are no saved state of this configuration and version
    L2TLB_BAD_INPUT = 8,  // a file or text that cannot be read or is malformed
    L2TLB_FULL = 9,       // no room for more: call again when there is
    L2TLB_STUCK = 10,     // no progress for longer than the watchdog allows
    L2TLB_CANCELLED = 11, // a callback asked for the end
    L2TLB_FAULT = 12,     // functional walk: the access faults (see the result)
    L2TLB_ABSENT = 13,    // nothing is there
    L2TLB_EXISTS = 14     // something is there already
};

// The code in words ("out of memory"), never NULL.
L2TLB_API const char *l2tlb_status_text(int status);

// Of the library that is loaded: "0.1.0 (3f2a9c41d07e)"; major << 16 | minor << 8 | patch.
L2TLB_API const char *l2tlb_version_text(void);
L2TLB_API uint32_t l2tlb_version_number(void);

#ifdef __cplusplus
}
#endif
#endif
