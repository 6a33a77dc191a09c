#include "framework/runner/dive.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/platform/jcc.h"
#include "framework/platform/symbols.h"
#include "framework/runner/child.h"
#include "framework/runner/listing.h"

static int add_function(struct tare_hot *h, const struct tare_symbol *sym, const char *object)
{
    if (tare_grow(&h->functions, &h->capacity, h->n_functions + 1, sizeof *h->functions) != 0)
        return TARE_ENOMEM;
    struct tare_hot_function *f = &h->functions[h->n_functions++];
    *f = (struct tare_hot_function){ .name = tare_strdup(sym ? sym->name : "?"),
                                     .object = object ? tare_strdup(object) : NULL };
    if (sym) {
        f->address = sym->address;
        f->size = sym->size;
    }
    return f->name && (!object || f->object) ? 0 : TARE_ENOMEM;
}

/* The functions of one object: a run of spots, by address. */
static int add_functions(struct tare_hot *h, const struct tare_symbols *symbols, const char *object,
                         const struct tare_spot *spots, size_t n)
{
    size_t unknown = SIZE_MAX, first = h->n_functions;
    for (size_t i = 0; i < n; i++) {
        const struct tare_symbol *sym = tare_symbols_find(symbols, spots[i].address);
        size_t at = sym ? h->n_functions - 1 : unknown;
        if (sym && (h->n_functions == first || at == unknown || h->functions[at].address != sym->address))
            at = SIZE_MAX;
        if (at == SIZE_MAX) {
            int rc = add_function(h, sym, object);
            if (rc != 0)
                return rc;
            at = h->n_functions - 1;
            unknown = sym ? unknown : at;
        }
        h->functions[at].samples += spots[i].samples;
    }
    return 0;
}

static int compare_functions(const void *a, const void *b)
{
    const struct tare_hot_function *x = a, *y = b;
    if (x->samples != y->samples)
        return x->samples > y->samples ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int find_functions(struct tare_hot *h, const struct tare_spots *s, const struct suite_file *file)
{
    int rc = 0;
    for (size_t i = 0, n; i < s->n && rc == 0; i += n) {
        uint32_t object = s->items[i].object;
        for (n = 1; i + n < s->n && s->items[i + n].object == object;)
            n++;
        const char *name = object == 0 ? NULL : object < s->n_objects ? s->objects[object] : "no file";
        const char *path = object == 0 ? file->load_path : name && *name ? name : "/proc/self/exe";
        struct tare_symbols symbols;
        rc = tare_symbols_read(&symbols, path, object == 0 ? file->path : path);
        if (rc == TARE_ENOMEM)
            break;
        rc = add_functions(h, &symbols, name && !*name ? "tare" : name, &s->items[i], n);
        tare_symbols_free(&symbols);
    }
    if (rc == 0 && h->n_functions > 0)
        qsort(h->functions, h->n_functions, sizeof *h->functions, compare_functions);
    return rc;
}

/* What objdump says to a function; without the program, or where it fails, h->problem. */
static int disassemble(struct tare_hot *h, const struct tare_hot_function *f, const struct suite_file *file,
                       const volatile int *stop)
{
    char from[64], to[64], path[64];
    snprintf(from, sizeof from, "--start-address=0x%" PRIx64, f->address);
    snprintf(to, sizeof to, "--stop-address=0x%" PRIx64, f->address + f->size);
    snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getpid(), file->fd);
    const char *const argv[] = { "objdump", "-d", "-w", from, to, path, NULL };
    struct tare_buf out = { 0 }, err = { 0 };
    int status;
    int rc = child_run(&status, &out, &err, &(struct child){ .argv = argv, .stop = stop });
    if (rc == 0 && status == 127)
        h->problem = tare_strdup("the instructions are shown where objdump is: install the package binutils");
    else if (rc == 0 && status != 0)
        h->problem =
            tare_format("objdump failed: %.*s", err.data ? (int)strcspn(err.data, "\n") : 0, err.data ? err.data : "");
    else if (rc == 0)
        rc = listing_parse(&h->code, out.data);
    if (rc == 0 && status != 0 && !h->problem)
        rc = TARE_ENOMEM;
    tare_buf_free(&out);
    tare_buf_free(&err);
    return rc;
}

static int find_code(struct tare_hot *h, const struct tare_spots *s, const struct suite_file *file,
                     const volatile int *stop)
{
    h->code_of = h->n_functions;
    for (size_t i = 0; i < h->n_functions && h->code_of == h->n_functions; i++)
        if (!h->functions[i].object && h->functions[i].size > 0)
            h->code_of = i;
    if (h->code_of == h->n_functions) {
        if (s->samples > 0)
            h->problem = tare_strdup("no sample fell into a function that the suite has a symbol for");
        return s->samples > 0 && !h->problem ? TARE_ENOMEM : 0;
    }
    int rc = disassemble(h, &h->functions[h->code_of], file, stop);
    if (rc != 0 || h->problem)
        return rc;
    size_t n = 0; /* the suite's spots come first */
    while (n < s->n && s->items[n].object == 0)
        n++;
    listing_add_samples(&h->code, s->items, n);
    rc = listing_find_loop(&h->code);
#if defined(__x86_64__)
    listing_mark_branches(&h->code);
#endif
    return rc;
}

int dive_hot(struct tare_hot *h, const struct tare_spots *spots, const struct suite_file *file,
             const volatile int *stop)
{
    *h = (struct tare_hot){
        .method = spots->method,
        .period_ns = spots->period_ns,
        .samples = spots->samples,
        .lost = spots->lost,
        .slow_here = tare_jcc_here(),
    };
    if (spots->why_not[0]) {
        h->note = tare_strdup(spots->why_not);
        if (!h->note)
            return TARE_ENOMEM;
    }
    int rc = find_functions(h, spots, file);
    return rc == 0 ? find_code(h, spots, file, stop) : rc;
}
