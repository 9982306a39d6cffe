// SPDX-License-Identifier: MulanPSL-2.0
#include "world/symbols.h"

#include "traces/source.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096 };

struct symbol {
    uint64_t address, size; // size 0: not known
    uint32_t name;          // place in the text
    uint32_t order;         // global symbols first, then as the file has them
};

struct symbols {
    struct symbol *item;
    size_t count, room;
    char *text;
    size_t length, text_room;
};

static const char *more(void **array, size_t *room, size_t want, size_t size)
{
    size_t n = *room ? *room : 1024;
    while (n < want)
        n *= 2;
    void *grown = n == *room ? *array : realloc(*array, n * size);
    if (!grown)
        return "out of memory";
    *array = grown;
    *room = n;
    return NULL;
}

static const char *add(struct symbols *s, uint64_t address, uint64_t size, bool local, const char *name)
{
    size_t n = strlen(name) + 1;
    if (s->count == SYMBOLS_MOST || s->length + n > UINT32_MAX)
        return "too many symbols";
    const char *why = more((void **)&s->item, &s->room, s->count + 1, sizeof *s->item);
    if (!why)
        why = more((void **)&s->text, &s->text_room, s->length + n, 1);
    if (why)
        return why;
    memcpy(s->text + s->length, name, n);
    uint32_t order = (uint32_t)s->count | (uint32_t)local << 31;
    s->item[s->count++] = (struct symbol){address, size, (uint32_t)s->length, order};
    s->length += n;
    return NULL;
}

// --- text ---------------------------------------------------------------------------------------

static const char *text_line(struct symbols *s, char *line)
{
    uint64_t address;
    const char *first = next_word(&line), *type = first ? next_word(&line) : NULL;
    const char *name = type ? next_word(&line) : NULL;
    if (!first || first[0] == '#')
        return NULL;
    if (!name || type[1] || !parse_hex(first, UINT64_MAX, &address))
        return "a symbol is: ADDRESS TYPE NAME (System.map, kallsyms)";
    bool known = strchr("tTdDbBrRwWvVgGsS", type[0]) != NULL;
    return known ? add(s, address, 0, type[0] >= 'a', name) : NULL;
}

static bool read_text(struct symbols *s, const char *path, char *msg, size_t size)
{
    struct source *in = source_open(path, msg, size);
    const char *why = NULL;
    size_t len;
    if (!in)
        return false;
    for (char *line; !why && (line = source_line(in, &len)) != NULL;)
        why = text_line(s, line);
    why = why ? why : source_error(in);
    if (why)
        snprintf(msg, size, "%s:%ju: %s", path, (uintmax_t)source_lines(in), why);
    source_close(in);
    return !why;
}

// --- ELF ----------------------------------------------------------------------------------------

static const char *elf_section(struct symbols *s, Elf *elf, Elf_Scn *section, const GElf_Shdr *head)
{
    Elf_Data *data = elf_getdata(section, NULL);
    const char *why = NULL;
    GElf_Sym y;
    if (!data || !head->sh_entsize)
        return "a damaged symbol table";
    uint64_t n = data->d_size / head->sh_entsize;
    for (int i = 0; !why && (uint64_t)i < n && i < INT32_MAX && gelf_getsym(data, i, &y); i++) {
        unsigned type = GELF_ST_TYPE(y.st_info);
        const char *name = elf_strptr(elf, head->sh_link, y.st_name);
        bool placed = y.st_shndx != SHN_UNDEF && (y.st_shndx < SHN_LORESERVE || y.st_shndx == SHN_XINDEX);
        // $x and .L: marks of the assembler.
        if (name && *name && *name != '$' && *name != '.' && placed && type <= STT_FUNC)
            why = add(s, y.st_value, y.st_size, GELF_ST_BIND(y.st_info) == STB_LOCAL, name);
    }
    return why;
}

static const char *elf_symbols(struct symbols *s, Elf *elf)
{
    const char *why = NULL;
    GElf_Ehdr file;
    GElf_Shdr head;
    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &file))
        return "a damaged ELF file";
    if (file.e_type == ET_REL)
        return "an object file: its symbols have no addresses yet";
    for (Elf_Scn *c = NULL; !why && (c = elf_nextscn(elf, c)) != NULL;)
        if (gelf_getshdr(c, &head) && head.sh_type == SHT_SYMTAB)
            why = elf_section(s, elf, c, &head);
    return why;
}

static bool read_elf(struct symbols *s, int fd, const char *path, char *msg, size_t size)
{
    const char *why = elf_version(EV_CURRENT) == EV_NONE ? "libelf is too old" : NULL;
    Elf *elf = why ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    if (!why)
        why = elf ? elf_symbols(s, elf) : elf_errmsg(-1);
    if (!why && !s->count)
        why = "no symbol table (a stripped file?)";
    if (why)
        snprintf(msg, size, "%s: %s", path, why);
    elf_end(elf);
    return !why;
}

// --- both ---------------------------------------------------------------------------------------

static int by_address(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

// Sorted, one name for each address.
static const char *sort(struct symbols *s)
{
    size_t n = 0;
    if (!s->count)
        return "no symbols";
    qsort(s->item, s->count, sizeof *s->item, by_address);
    if (!s->item[s->count - 1].address)
        return "every address is 0 (kallsyms shows them to root, kernel.kptr_restrict)";
    for (size_t i = 0; i < s->count; i++)
        if (!n || s->item[i].address != s->item[n - 1].address)
            s->item[n++] = s->item[i];
    s->count = n;
    return NULL;
}

// An ELF file that can be read at any place; -1: something else.
static int open_elf(const char *path)
{
    char magic[SELFMAG];
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd >= 0 && pread(fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
        !memcmp(magic, ELFMAG, SELFMAG))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

struct symbols *symbols_open(const char *path, char *msg, size_t size)
{
    struct symbols *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(msg, size, "%s: out of memory", path);
        return NULL;
    }
    int fd = open_elf(path);
    bool fine = fd >= 0 ? read_elf(s, fd, path, msg, size) : read_text(s, path, msg, size);
    if (fd >= 0)
        close(fd);
    const char *why = fine ? sort(s) : NULL;
    if (why)
        snprintf(msg, size, "%s: %s", path, why);
    if (fine && !why)
        return s;
    symbols_free(s);
    return NULL;
}

void symbols_free(struct symbols *s)
{
    if (s) {
        free(s->item);
        free(s->text);
    }
    free(s);
}

size_t symbols_count(const struct symbols *s)
{
    return s->count;
}

bool symbols_name(const struct symbols *s, uint64_t address, char text[SYMBOL_TEXT])
{
    size_t low = 0, high = s ? s->count : 0;
    text[0] = 0;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (s->item[mid].address <= address)
            low = mid + 1;
        else
            high = mid;
    }
    if (!low)
        return false;
    const struct symbol *y = &s->item[low - 1];
    uint64_t offset = address - y->address, reach = y->size ? y->size + PAGE : SYMBOLS_FAR;
    if (offset >= reach)
        return false;
    char name[SYMBOL_TEXT - 24];
    printable_text(s->text + y->name, name, sizeof name);
    snprintf(text, SYMBOL_TEXT, "%s+0x%jx", name, (uintmax_t)offset);
    return true;
}
