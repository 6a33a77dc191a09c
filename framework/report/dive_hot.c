/* The part of `tare dive`'s page that shows where the time goes: functions, instructions, branches at boundaries. */
#include "framework/report/dive.h"

#include <inttypes.h>
#include <string.h>

#include "framework/report/console.h"
#include "framework/report/dive_page.h"
#include "framework/report/text.h"

enum {
    MOST_FUNCTIONS = 6,
    MOST_BRANCHES = 12,
    FOLD_ABOVE = 48, /* instructions: a longer stretch is shown without its cold parts */
    FOLD_LEAST = 4,  /* instructions in a row without samples that are worth folding */
};

static double share(uint64_t samples, const struct tare_hot *h)
{
    return h->samples > 0 ? 100.0 * (double)samples / (double)h->samples : 0;
}

static void put_sampling(struct tare_buf *out, const struct tare_report_options *o, const struct tare_hot *h)
{
    char a[64], b[64];
    struct tare_buf text = { 0 };
    if (h->method != TARE_SAMPLING_NONE)
        tare_buf_fmt(&text, "%s samples, one every %s, by a %s", tare_format_count(a, sizeof a, h->samples),
                     tare_format_time(b, sizeof b, h->period_ns), tare_sampling_names[h->method]);
    if (h->lost > 0)
        tare_buf_fmt(&text, "; %s lost", tare_format_count(a, sizeof a, h->lost));
    if (h->note)
        tare_buf_fmt(&text, "%s: %s", h->method == TARE_SAMPLING_NONE ? "not sampled" : ", not by the clock event",
                     h->note);
    tare_dive_line(out, o, "sampled", &text);
}

static void put_function(struct tare_buf *out, double part, const char *name, const char *object)
{
    const char *slash = object ? strrchr(object, '/') : NULL;
    tare_buf_fmt(out, "%7.1f%%  ", part);
    tare_text_clean(out, name);
    if (object) {
        tare_buf_str(out, " of ");
        tare_text_clean(out, slash ? slash + 1 : object);
    }
    tare_buf_str(out, "\n");
}

static void put_functions(struct tare_buf *out, const struct tare_hot *h)
{
    uint64_t rest = 0;
    for (size_t i = 0; i < h->n_functions; i++) {
        if (i < MOST_FUNCTIONS)
            put_function(out, share(h->functions[i].samples, h), h->functions[i].name, h->functions[i].object);
        else
            rest += h->functions[i].samples;
    }
    if (rest > 0)
        tare_buf_fmt(out, "%7.1f%%  in %zu others\n", share(rest, h), h->n_functions - MOST_FUNCTIONS);
}

static void put_instruction(struct tare_buf *out, const struct tare_report_options *o, const struct tare_hot *h,
                            const struct tare_instruction *in)
{
    struct tare_buf line = { 0 };
    double part = share(in->samples, h);
    if (in->samples > 0)
        tare_buf_fmt(&line, "%7.1f%%", part);
    else
        tare_console_pad(&line, 8);
    tare_buf_fmt(&line, "  %8" PRIx64 "  %s", in->address, in->text);
    if (in->boundary != TARE_BOUNDARY_CLEAR)
        tare_buf_fmt(&line, "   <- %s a 32-byte boundary", tare_boundary_names[in->boundary]);
    struct tare_buf fitted = { 0 };
    tare_text_fit(&fitted, line.data ? line.data : "", o->width > 0 ? (size_t)o->width : 0);
    tare_console_styled(out, o,
                        part >= 10         ? TARE_BOLD
                        : in->samples == 0 ? TARE_DIM
                                           : TARE_PLAIN,
                        fitted.data ? fitted.data : "");
    tare_buf_str(out, "\n");
    out->failed |= line.failed || fitted.failed;
    tare_buf_free(&line);
    tare_buf_free(&fitted);
}

/* How many instructions from `i` on are cold and may be folded. */
static size_t cold_run(const struct tare_code *c, size_t i, size_t end)
{
    size_t n = 0;
    while (i + n < end && c->items[i + n].samples == 0 && c->items[i + n].boundary == TARE_BOUNDARY_CLEAR)
        n++;
    return n;
}

static void put_code(struct tare_buf *out, const struct tare_report_options *o, const struct tare_hot *h)
{
    const struct tare_code *c = &h->code;
    bool loop = c->loop_end > c->loop_begin && !o->verbose;
    size_t begin = loop ? c->loop_begin : 0, end = loop ? c->loop_end : c->n;
    struct tare_buf text = { 0 };
    if (loop)
        tare_buf_fmt(&text, "the hottest loop of %s: %zu of its %zu instructions, %.1f%% of all samples",
                     h->functions[h->code_of].name, end - begin, c->n, share(tare_code_samples(c, begin, end), h));
    else
        tare_buf_fmt(&text, "%s: %zu instructions, %.1f%% of all samples", h->functions[h->code_of].name, c->n,
                     share(tare_code_samples(c, begin, end), h));
    tare_dive_line(out, o, "instructions", &text);
    for (size_t i = begin; i < end;) {
        size_t cold = end - begin > FOLD_ABOVE && !o->verbose ? cold_run(c, i, end) : 0;
        if (cold >= FOLD_LEAST) {
            tare_buf_fmt(out, "            ...     %zu without samples\n", cold);
            i += cold;
        } else {
            put_instruction(out, o, h, &c->items[i++]);
        }
    }
}

static void put_meaning(struct tare_buf *out, const struct tare_report_options *o, const struct tare_hot *h)
{
    struct tare_buf text = { 0 };
    tare_buf_fmt(&text,
                 "Intel's processors of the Skylake family, up to Comet Lake, do not keep such a branch in their cache "
                 "of decoded instructions (erratum of conditional jumps, 2019): a loop may then run slower, and change "
                 "its speed with an edit elsewhere that moves it. This processor is %s of them. "
                 "-Wa,-mbranches-within-32B-boundaries (clang: -mbranches-within-32B-boundaries) lays jumps out clear "
                 "of the boundaries; -Wa,-malign-branch=jcc+fused+jmp+call+ret+indirect behind it the others as well.",
                 h->slow_here ? "one" : "none");
    tare_dive_line(out, o, NULL, &text);
}

/* The branches at boundaries of the whole function, by name. */
static void put_branches(struct tare_buf *out, const struct tare_report_options *o, const struct tare_hot *h)
{
    const struct tare_code *c = &h->code;
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct tare_instruction *in = &c->items[i];
        if (in->boundary == TARE_BOUNDARY_CLEAR)
            continue;
        if (n++ >= MOST_BRANCHES)
            continue;
        bool inside = i >= c->loop_begin && i < c->loop_end;
        struct tare_buf text = { 0 };
        tare_buf_fmt(&text, "%" PRIx64 " in %s%s: ", in->address, h->functions[h->code_of].name,
                     inside ? ", in the hottest loop" : "");
        if (in->fused)
            tare_buf_fmt(&text, "%s + ", in[-1].text);
        tare_buf_fmt(&text, "%s %s a 32-byte boundary", in->text, tare_boundary_names[in->boundary]);
        tare_dive_line(out, o, n == 1 ? "branches" : NULL, &text);
    }
    if (n > MOST_BRANCHES) {
        struct tare_buf text = { 0 };
        tare_buf_fmt(&text, "and %zu more", n - MOST_BRANCHES);
        tare_dive_line(out, o, NULL, &text);
    }
    if (n > 0)
        put_meaning(out, o, h);
}

void tare_dive_put_hot(struct tare_buf *out, const struct tare_report_options *o, const struct tare_hot *h)
{
    put_sampling(out, o, h);
    put_functions(out, h);
    if (h->problem) {
        struct tare_buf text = { 0 };
        tare_buf_str(&text, h->problem);
        tare_dive_line(out, o, "instructions", &text);
    }
    if (h->code.n > 0) {
        put_code(out, o, h);
        put_branches(out, o, h);
    }
}
