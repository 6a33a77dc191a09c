#include "framework/report/roofs.h"

#include <math.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/report/text.h"

enum { LABEL = 14, CELL = 19, RATE = 10 };

/* The higher of the two, with its interval. */
static const struct tare_interval *best_of(const struct tare_roof *r)
{
    return r->last.value > r->first.value || isnan(r->first.value) ? &r->last : &r->first;
}

/* "301.2 GB/s ± 0.2%", the rate right-aligned. */
static void put_rate(struct tare_buf *out, const struct tare_roof *r, bool padded)
{
    char rate[64] = "", half[32], cell[128];
    const struct tare_interval *best = r ? best_of(r) : NULL;
    if (!best || !(best->value > 0))
        snprintf(cell, sizeof cell, "%*s", RATE, r ? "no memory" : "");
    else if (isfinite(best->hi - best->lo))
        snprintf(cell, sizeof cell, "%*s ± %s", RATE, tare_format_roof_rate(rate, sizeof rate, r->kind, best->value),
                 tare_format_half_width(half, sizeof half, *best));
    else /* too few samples for an interval */
        snprintf(cell, sizeof cell, "%*s", RATE, tare_format_roof_rate(rate, sizeof rate, r->kind, best->value));
    size_t width = tare_text_width(cell);
    tare_buf_fmt(out, "%s%*s", cell, padded && width < CELL ? (int)(CELL - width) : 0, "");
}

static void put_arithmetic(struct tare_buf *out, const struct tare_roofs *roofs, int n_threads)
{
    static const struct {
        enum tare_roof_kind kind;
        const char *label;
    } rows[] = { { TARE_ROOF_F32, "multiply-adds of f32" }, { TARE_ROOF_INT8, "dot products of int8" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct tare_roof *r = tare_roofs_find(roofs, rows[i].kind, TARE_LEVEL_NONE, n_threads);
        if (!r)
            continue;
        tare_buf_fmt(out, "  %-22s", rows[i].label);
        put_rate(out, r, true);
        tare_buf_fmt(out, "   %s\n", r->variant);
    }
}

static void put_level(struct tare_buf *out, const struct tare_roofs *roofs, enum tare_level level, int n_threads)
{
    const struct tare_roof *read = tare_roofs_find(roofs, TARE_ROOF_READ, level, n_threads);
    char bytes[32];
    if (!read)
        return;
    tare_buf_fmt(out, "  %-4s %9s", tare_level_names[level], tare_format_bytes(bytes, sizeof bytes, read->bytes));
    for (int kind = TARE_ROOF_READ; kind < TARE_ROOF_KINDS; kind++) {
        tare_buf_str(out, "  ");
        put_rate(out, tare_roofs_find(roofs, (enum tare_roof_kind)kind, level, n_threads), kind + 1 < TARE_ROOF_KINDS);
    }
    tare_buf_str(out, "\n");
}

static void put_threads(struct tare_buf *out, const struct tare_roofs *roofs, int n_threads)
{
    tare_buf_fmt(out, "\nRoofs of %d thread%s\n", n_threads, n_threads == 1 ? "" : "s");
    put_arithmetic(out, roofs, n_threads);
    tare_buf_fmt(out, "%*s", LABEL + 2, "");
    for (int kind = TARE_ROOF_READ; kind < TARE_ROOF_KINDS; kind++)
        tare_buf_fmt(out, "  %*s%-*s", RATE - 4, "", kind + 1 < TARE_ROOF_KINDS ? CELL - RATE + 4 : 0,
                     tare_roof_names[kind]);
    tare_buf_str(out, "\n");
    for (int level = TARE_LEVEL_L1; level < TARE_LEVELS; level++)
        put_level(out, roofs, (enum tare_level)level, n_threads);
}

/* Where there is not enough memory to leave the last cache behind, some of what is read comes from it. */
static void put_notes(struct tare_buf *out, const struct tare_run *run)
{
    const struct tare_roofs *roofs = &run->roofs;
    const struct tare_roof_cache *last = &roofs->caches[2];
    char bytes[32], cache[32], confidence[32];
    tare_buf_fmt(
        out,
        "\nWhat the fastest tenth of the samples reach, at %s confidence, the higher of two measurements. Beside\n"
        "a level what was walked through; bytes read and written count together. add: two arrays read, one\n"
        "written.\n",
        tare_format_relative(confidence, sizeof confidence, run->confidence));
    for (size_t i = 0; i < run->n_warnings; i++)
        tare_buf_fmt(out, "warning: %s\n", run->warnings[i]);
    for (size_t i = 0; i < roofs->n; i++) {
        const struct tare_roof *r = &roofs->items[i];
        if (r->level != TARE_LEVEL_DRAM || r->kind != TARE_ROOF_READ || r->bytes >= 1.99 * last->bytes)
            continue;
        tare_buf_fmt(out, "DRAM was met with %s, an eighth of the memory: part of it may lie in the %s of L3.\n",
                     tare_format_bytes(bytes, sizeof bytes, r->bytes),
                     tare_format_bytes(cache, sizeof cache, last->bytes));
        break;
    }
}

int tare_roofs_page(struct tare_buf *out, const struct tare_run *run)
{
    const struct tare_roofs *roofs = &run->roofs;
    for (size_t i = 0; i < roofs->n; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen |= roofs->items[k].n_threads == roofs->items[i].n_threads;
        if (!seen)
            put_threads(out, roofs, roofs->items[i].n_threads);
    }
    put_notes(out, run);
    return out->failed ? TARE_ENOMEM : 0;
}
