// SPDX-License-Identifier: MulanPSL-2.0
// The reader of images: opening, which form it is, text images. See image.h.
#include "world/image.h"

#include "arch/bits.h"
#include "traces/unpack.h"
#include "world/image_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *image_form_name(unsigned form)
{
    static const char *const name[IMAGE_FORMS] = {"text",      "ELF64",    "raw dump", "LiME dump",
                                                  "Intel HEX", "S-records", "$readmemh"};
    return form < IMAGE_FORMS ? name[form] : "?";
}

// --- what was given -----------------------------------------------------------------------------

static const char *cover(struct image *im, uint64_t addr, uint64_t size)
{
    uint64_t last = addr + (size - 1);
    if (last < addr || last >> im->user->address_bits)
        return im->user->address_bits == 48 ? "memory beyond 48 address bits"
                                            : "memory beyond the physical address bits";
    im->info.first = addr < im->info.first ? addr : im->info.first;
    im->info.last = last > im->info.last ? last : im->info.last;
    return NULL;
}

const char *image_part(struct image *im, uint64_t addr, uint64_t size)
{
    const char *why = size ? cover(im, addr, size) : NULL;
    if (why || !size)
        return why;
    for (size_t i = 0; i < im->parts; i++)
        if (addr < im->part[i].addr + im->part[i].size && im->part[i].addr < addr + size)
            return "two parts of the image overlap in memory";
    struct image_part *more = realloc(im->part, (im->parts + 1) * sizeof *more);
    if (!more)
        return "out of memory";
    im->part = more;
    more[im->parts++] = (struct image_part){addr, size};
    im->info.parts++;
    return NULL;
}

// The bytes of one aligned word that `given` marks, all of them in value.
static const char *put_word(struct image *im, uint64_t at, uint64_t value, uint64_t marks)
{
    uint64_t old = phys_read(im->mem, at), given = phys_read(im->given, at);
    if ((old ^ value) & given & marks)
        return "address given twice with different values";
    if (!phys_write(im->mem, at, (old & ~marks) | (value & marks)) ||
        !phys_write(im->given, at, given | marks))
        return "out of memory";
    return NULL;
}

const char *image_put(struct image *im, uint64_t addr, uint64_t value, unsigned bytes)
{
    const char *why = cover(im, addr, bytes);
    unsigned low = addr & 7, here = bytes < 8 - low ? bytes : 8 - low;
    im->info.words++;
    if (!why)
        why = put_word(im, addr - low, value << 8 * low, mask64(8 * here) << 8 * low);
    if (!why && here < bytes)
        why = put_word(im, addr - low + 8, value >> 8 * here, mask64(8 * (bytes - here)));
    return why;
}

// --- text ---------------------------------------------------------------------------------------

static const char *text_word(struct image *im, const char *addr, const char *value)
{
    uint64_t a, v;
    bool narrow = im->user->word == 4;
    if (!parse_hex(addr, mask64(im->user->address_bits), &a))
        return im->user->address_bits == 48 ? "bad address (hexadecimal, at most 48 bits)"
                                            : "bad address (hexadecimal, at most 52 bits)";
    if (a & (im->user->word - 1))
        return narrow ? "unaligned address (must be a multiple of 4)"
                      : "unaligned address (must be a multiple of 8)";
    if (!parse_hex(value, narrow ? mask64(32) : UINT64_MAX, &v))
        return narrow ? "bad value (hexadecimal, at most 32 bits)"
                      : "bad value (hexadecimal, at most 64 bits)";
    return image_put(im, a, v, im->user->word);
}

static const char *text_line(struct image *im, char *line, bool *any)
{
    uint64_t v;
    line[strcspn(line, "#")] = 0;
    char *first = next_word(&line), *second = first ? next_word(&line) : NULL;
    char *third = second ? next_word(&line) : NULL;
    if (!first)
        return NULL;
    *any = true;
    bool csr = strcmp(first, "csr") == 0;
    if (csr && !third)
        return "a register line is: csr NAME VALUE";
    if (!second)
        return "a memory line is: ADDRESS VALUE";
    if (csr ? next_word(&line) != NULL : third != NULL)
        return "rubbish at the end of the line";
    if (!csr)
        return text_word(im, first, second);
    return parse_hex(third, UINT64_MAX, &v) ? im->user->csr(im->user->ctx, second, v) : "bad value";
}

// All forms of lines. Fills msg.
static bool read_lines(struct image *im, char *msg, size_t msg_size)
{
    struct image_lines l = {.digits = 0};
    const char *why = NULL;
    bool any = false;
    size_t len;
    for (char *line; !why && (line = source_line(im->in, &len)) != NULL;)
        why = im->info.form == IMAGE_IHEX       ? image_ihex(im, &l, line)
              : im->info.form == IMAGE_SREC     ? image_srec(im, &l, line)
              : im->info.form == IMAGE_READMEMH ? image_readmemh(im, &l, line)
                                                : text_line(im, line, &any);
    if (!why)
        why = source_error(im->in);
    if (!why && im->info.form == IMAGE_IHEX && !l.ended)
        why = "no end record: the file breaks off";
    if (!why && l.comment)
        why = "the file ends inside of a comment";
    if (why) {
        snprintf(msg, msg_size, "%s:%" PRIu64 ": %s", source_path(im->in), source_lines(im->in), why);
        return false;
    }
    if (any || im->info.words)
        return true;
    snprintf(msg, msg_size, "%s: empty image: no word of memory", source_path(im->in));
    return false;
}

// --- opening ------------------------------------------------------------------------------------

// "FILE@ADDRESS" names a raw dump, unless there is a file of that whole name.
static bool is_raw(const char *path, char *file, size_t size, uint64_t *addr)
{
    const char *at = strrchr(path, '@');
    struct stat st;
    if (stat(path, &st) == 0 || !at || at == path || (size_t)(at - path) >= size ||
        !parse_hex(at + 1, UINT64_MAX, addr))
        return false;
    memcpy(file, path, (size_t)(at - path));
    file[at - path] = 0;
    return true;
}

const char *image_file(const char *path, char *file, size_t size)
{
    uint64_t addr;
    return is_raw(path, file, size, &addr) ? file : path;
}

static unsigned form_of(const unsigned char *p, size_t n)
{
    if (n >= 4 && memcmp(p, "\177ELF", 4) == 0)
        return IMAGE_ELF;
    if (n >= 4 && memcmp(p, "EMiL", 4) == 0)
        return IMAGE_LIME;
    if (n >= 1 && p[0] == ':')
        return IMAGE_IHEX;
    if (n >= 2 && p[0] == 'S' && p[1] >= '0' && p[1] <= '9')
        return IMAGE_SREC;
    return n >= 1 && (p[0] == '@' || p[0] == '/') ? IMAGE_READMEMH : IMAGE_TEXT;
}

// A file whose bytes source_open() would hand out unchanged.
static bool is_plain(int fd)
{
    unsigned char p[UNPACK_MAGIC] = {0};
    ssize_t n = pread(fd, p, sizeof p, 0);
    return n > 0 && unpack_is_plain(p, (size_t)n);
}

// NULL or why the file must not be opened. A device or a pipe could go on for ever.
static const char *kind_trouble(const char *file, uint64_t *size)
{
    struct stat st;
    if (stat(file, &st) != 0)
        return strerror(errno);
    if (S_ISDIR(st.st_mode))
        return "is a directory";
    *size = (uint64_t)st.st_size;
    return S_ISREG(st.st_mode) ? NULL : "is no regular file";
}

static bool read_opened(struct image *im, bool raw, uint64_t addr, char *msg, size_t msg_size)
{
    const unsigned char *p;
    size_t n = source_peek(im->in, 16, &p);
    const char *why;
    im->info.form = raw ? IMAGE_RAW : form_of(p, n);
    if (raw)
        why = image_raw(im, addr);
    else if (im->info.form == IMAGE_ELF)
        why = image_elf(im);
    else if (im->info.form == IMAGE_LIME)
        why = image_lime(im);
    else
        return read_lines(im, msg, msg_size);
    if (why)
        snprintf(msg, msg_size, "%s: %s", source_path(im->in), why);
    return !why;
}

bool image_read(struct phys *mem, const char *path, const struct image_user *user,
                struct image_info *info, char *msg, size_t msg_size)
{
    struct image im = {.mem = mem, .user = user, .fd = -1, .info = {.first = UINT64_MAX}};
    char file[1024];
    uint64_t addr = 0;
    bool raw = is_raw(path, file, sizeof file, &addr), standard = strcmp(path, "-") == 0;
    const char *name = raw ? file : path;
    const char *trouble = standard ? NULL : kind_trouble(name, &im.size);
    if (trouble) {
        snprintf(msg, msg_size, "%s: %s", name, trouble);
        return false;
    }
    bool fine = false;
    im.given = phys_new();
    if (!im.given)
        snprintf(msg, msg_size, "%s: out of memory", name);
    else if ((im.in = source_open(name, msg, msg_size)) != NULL) {
        if (!standard)
            im.fd = open(name, O_RDONLY | O_CLOEXEC);
        if (im.fd >= 0 && !is_plain(im.fd)) {
            close(im.fd);
            im.fd = -1;
        }
        fine = read_opened(&im, raw, addr, msg, msg_size);
        source_close(im.in);
    }
    if (im.fd >= 0)
        close(im.fd);
    phys_free(im.given);
    free(im.part);
    if (fine && info)
        *info = im.info;
    return fine;
}
