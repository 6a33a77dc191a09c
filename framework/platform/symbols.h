/* The functions of an ELF file, static ones too: whose code lies at an address. */
#ifndef TARE_PLATFORM_SYMBOLS_H
#define TARE_PLATFORM_SYMBOLS_H

#include "framework/base/mem.h"

struct tare_symbol {
    uint64_t address, size; /* as in the file: without the address it is loaded at */
    const char *name;
};

struct tare_symbols {
    struct tare_symbol *items; /* [n] by address, one of each address */
    size_t n, capacity;
    struct tare_arena names;
    bool stripped; /* no .symtab: only what the file exports */
};

/* Reads .symtab, or .dynsym where a file has been stripped. A function without a size ends where the next begins.
 * TARE_ENOENT, TARE_EPARSE (no ELF file, or damaged), TARE_ENOMEM; messages begin with `name`. */
int tare_symbols_read(struct tare_symbols *s, const char *path, const char *name);
void tare_symbols_free(struct tare_symbols *s);

/* The function whose code lies there, or NULL. */
const struct tare_symbol *tare_symbols_find(const struct tare_symbols *s, uint64_t address);

#endif
