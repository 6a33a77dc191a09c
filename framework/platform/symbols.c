#include "framework/platform/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"

static Elf_Scn *find_section(Elf *elf, GElf_Word type, GElf_Shdr *header)
{
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section))
        if (gelf_getshdr(section, header) && header->sh_type == type)
            return section;
    return NULL;
}

static bool is_function(const GElf_Sym *sym)
{
    unsigned type = GELF_ST_TYPE(sym->st_info);
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && sym->st_shndx != SHN_UNDEF;
}

static int add(struct tare_symbols *s, const GElf_Sym *sym, const char *name)
{
    if (tare_grow(&s->items, &s->capacity, s->n + 1, sizeof *s->items) != 0)
        return TARE_ENOMEM;
    char *copy = tare_arena_strdup(&s->names, name);
    if (!copy)
        return TARE_ENOMEM;
    s->items[s->n++] = (struct tare_symbol){ sym->st_value, sym->st_size, copy };
    return 0;
}

static int read_section(struct tare_symbols *s, Elf *elf, Elf_Scn *section, const GElf_Shdr *header, const char *name)
{
    Elf_Data *data = elf_getdata(section, NULL);
    if (!data)
        return tare_fail(TARE_EPARSE, "%s: its symbols can't be read: %s", name, elf_errmsg(-1));
    GElf_Sym sym;
    for (int i = 0; gelf_getsym(data, i, &sym); i++) {
        const char *text = is_function(&sym) ? elf_strptr(elf, header->sh_link, sym.st_name) : NULL;
        if (text && *text && add(s, &sym, text) != 0)
            return TARE_ENOMEM;
    }
    return 0;
}

static int by_address(const void *a, const void *b)
{
    const struct tare_symbol *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return x->size != y->size ? (x->size > y->size ? -1 : 1) : strcmp(x->name, y->name);
}

static void settle(struct tare_symbols *s)
{
    size_t n = 0;
    if (s->n > 0)
        qsort(s->items, s->n, sizeof *s->items, by_address);
    for (size_t i = 0; i < s->n; i++)
        if (n == 0 || s->items[i].address != s->items[n - 1].address)
            s->items[n++] = s->items[i];
    s->n = n;
    for (size_t i = 0; i + 1 < n; i++)
        if (s->items[i].size == 0)
            s->items[i].size = s->items[i + 1].address - s->items[i].address;
}

static int read_elf(struct tare_symbols *s, Elf *elf, const char *name)
{
    GElf_Shdr header;
    if (!elf || elf_kind(elf) != ELF_K_ELF)
        return tare_fail(TARE_EPARSE, "%s: no ELF file, its functions can't be named", name);
    Elf_Scn *section = find_section(elf, SHT_SYMTAB, &header);
    s->stripped = !section;
    if (!section)
        section = find_section(elf, SHT_DYNSYM, &header);
    int rc = section ? read_section(s, elf, section, &header, name) : 0;
    settle(s);
    return rc;
}

int tare_symbols_read(struct tare_symbols *s, const char *path, const char *name)
{
    *s = (struct tare_symbols){ 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return tare_fail(TARE_ENOENT, "%s: can't be read: %s", name, strerror(errno));
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    int rc = read_elf(s, elf, name);
    if (rc != 0)
        tare_symbols_free(s);
    elf_end(elf);
    close(fd);
    return rc;
}

void tare_symbols_free(struct tare_symbols *s)
{
    free(s->items);
    tare_arena_free(&s->names);
    *s = (struct tare_symbols){ 0 };
}

const struct tare_symbol *tare_symbols_find(const struct tare_symbols *s, uint64_t address)
{
    size_t lo = 0, hi = s->n; /* the first that begins behind the address */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->items[mid].address <= address)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0)
        return NULL;
    const struct tare_symbol *sym = &s->items[lo - 1];
    return address - sym->address < sym->size ? sym : NULL;
}
