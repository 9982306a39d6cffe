// SPDX-License-Identifier: MulanPSL-2.0
// No target of its own: each first byte shows that one of the oracles can fail (corpus.sh). 0 is fine.
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_text a = {.text = (char *)(uintptr_t)"one\ntwo\n", .size = 8}, b = a;
    static const char latin[] = "{\"a\":\"\xe9\"}";
    switch (size ? data[0] : '0') {
    case 'w':
        fuzz_want(false, "planted");
        break;
    case 'm':
        fuzz_message("");
        break;
    case 'l':
        fuzz_message("two\nlines");
        break;
    case 'c':
        fuzz_clean("a\033[1m", 5);
        break;
    case 's':
        b.text = (char *)(uintptr_t)"one\ntwi\n";
        fuzz_same(&a, &b, "planted");
        break;
    case 'n':
        b.size = 7;
        fuzz_same(&a, &b, "planted");
        break;
    case 'j':
        fuzz_json("{\"a\":1}x", 8);
        break;
    case 'u':
        fuzz_json(latin, strlen(latin));
        break;
    case 'o': // a byte behind the input
        fuzz_want(memchr(data, 0, size + 1) != data, "planted");
        break;
    default:
        fuzz_want(true, "");
        fuzz_message("fine");
        fuzz_clean("fine \xc3\xa9\n", 8);
        fuzz_same(&a, &b, "");
        fuzz_json("{\"a\":1}", 7);
        break;
    }
    return 0;
}
