// SPDX-License-Identifier: MulanPSL-2.0
#include "l2tlb/base.h"

#include "lib/impl.h"
#include "report/version.h"

#include <stdarg.h>
#include <string.h>

const char *l2tlb_status_text(int status)
{
    static const char *const text[] = {
        [L2TLB_OK] = "no error",
        [L2TLB_NO_MEMORY] = "out of memory",
        [L2TLB_BAD_KEY] = "no such key",
        [L2TLB_BAD_VALUE] = "bad value",
        [L2TLB_BAD_SIZE] = "bad size of a structure or buffer",
        [L2TLB_BAD_ORDER] = "not possible now",
        [L2TLB_BAD_BEAT] = "a beat that answers no read",
        [L2TLB_BAD_STATE] = "no saved state of this configuration and version",
        [L2TLB_BAD_INPUT] = "unreadable or malformed input",
        [L2TLB_FULL] = "no room for more",
        [L2TLB_STUCK] = "no progress",
        [L2TLB_CANCELLED] = "cancelled",
        [L2TLB_FAULT] = "the access faults",
        [L2TLB_ABSENT] = "nothing is there",
        [L2TLB_EXISTS] = "something is there already",
    };
    return status >= 0 && (size_t)status < sizeof text / sizeof *text ? text[status] : "unknown status";
}

const char *l2tlb_version_text(void)
{
    return l2tlb_version;
}

uint32_t l2tlb_version_number(void)
{
    return L2TLB_VERSION_MAJOR << 16 | L2TLB_VERSION_MINOR << 8 | L2TLB_VERSION_PATCH;
}

bool struct_in(void *to, size_t known, const void *from, size_t size, size_t least)
{
    const unsigned char *more = (const unsigned char *)from + known;
    if (size < least)
        return false;
    for (size_t i = known; i < size; i++)
        if (more[i - known])
            return false;
    memcpy(to, from, size < known ? size : known);
    if (size < known)
        memset((char *)to + size, 0, known - size);
    return true;
}

bool struct_out(void *to, size_t size, const void *from, size_t known, size_t least)
{
    if (size < least)
        return false;
    memcpy(to, from, size < known ? size : known);
    if (size > known)
        memset((char *)to + known, 0, size - known);
    return true;
}

bool bytes_zero(const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    unsigned char all = 0;
    for (size_t i = 0; i < n; i++)
        all |= b[i];
    return !all;
}

int say(char message[MESSAGE], int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(message, MESSAGE, format, args);
    va_end(args);
    return status;
}
