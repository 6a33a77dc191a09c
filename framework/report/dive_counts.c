/* The part of `tare dive`'s page that shows what was counted. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "framework/report/console.h"
#include "framework/report/dive_page.h"
#include "framework/report/text.h"

static bool is_counted(const struct tare_count *c)
{
    return isfinite(c->value);
}

/* The clock counts nanoseconds; the others are numbers. */
static void put_value(struct tare_buf *text, const struct tare_count *c)
{
    char a[64];
    bool time = strcmp(c->name, "task-clock") == 0;
    tare_buf_fmt(text, "%s%s %s", text->len ? ", " : "", c->name,
                 time           ? tare_format_time(a, sizeof a, c->value)
                 : c->value > 0 ? tare_format_number(a, sizeof a, c->value)
                                : "0");
    if (c->coverage < 0.995)
        tare_buf_fmt(text, " (scaled: it had a counter for %.0f%% of the time)", 100 * c->coverage);
}

static void put_counted(struct tare_buf *out, const struct tare_report_options *o, const struct tare_counts *c)
{
    struct tare_buf text = { 0 };
    for (size_t i = 0; i < c->n; i++)
        if (is_counted(&c->items[i]))
            put_value(&text, &c->items[i]);
    const struct tare_count *cycles = tare_count_find(c, "cycles"), *done = tare_count_find(c, "instructions");
    if (text.len > 0)
        tare_buf_str(&text, " an iteration");
    if (cycles && done && cycles->value > 0)
        tare_buf_fmt(&text, "; %.2f instructions a cycle", done->value / cycles->value);
    if (text.len > 0)
        tare_dive_line(out, o, "counted", &text);
    tare_buf_free(&text);
}

/* Those with one reason in one sentence. */
static void put_not_counted(struct tare_buf *out, const struct tare_report_options *o, const struct tare_counts *c)
{
    bool said[TARE_MOST_COUNTS] = { false }, first = true;
    for (size_t i = 0; i < c->n; i++) {
        if (is_counted(&c->items[i]) || said[i])
            continue;
        struct tare_buf text = { 0 };
        for (size_t k = i; k < c->n; k++)
            if (!is_counted(&c->items[k]) && strcmp(c->items[k].why_not, c->items[i].why_not) == 0) {
                tare_buf_fmt(&text, "%s%s", k > i ? ", " : "", c->items[k].name);
                said[k] = true;
            }
        tare_buf_fmt(&text, ": %s", c->items[i].why_not);
        tare_dive_line(out, o, first ? "not counted" : NULL, &text);
        first = false;
    }
}

void tare_dive_put_counts(struct tare_buf *out, const struct tare_report_options *o, const struct tare_counts *c)
{
    const struct tare_slots *s = &c->slots;
    put_counted(out, o, c);
    if (s->known) {
        struct tare_buf text = { 0 };
        tare_buf_fmt(
            &text,
            "%.1f%% of the pipeline's slots retired work, %.1f%% waited for data or units (backend), %.1f%% for "
            "instructions (frontend), %.1f%% did work that was thrown away (bad speculation)",
            100 * s->retiring, 100 * s->backend, 100 * s->frontend, 100 * s->bad_speculation);
        tare_dive_line(out, o, "top-down", &text);
    }
    put_not_counted(out, o, c);
}

void tare_dive_put_executed(struct tare_buf *out, const struct tare_report_options *o, const struct tare_executed *e,
                            const char *id)
{
    char a[64];
    struct tare_buf text = { 0 };
    if (e->id)
        tare_buf_fmt(&text, "%s instructions an iteration, as valgrind counts them",
                     tare_format_number(a, sizeof a, e->value));
    if (e->id && e->levels)
        tare_buf_fmt(&text, ", which knows no AVX-512 and shows the code %s", e->levels);
    if (e->id && strcmp(e->id, id) != 0)
        tare_buf_fmt(&text, "; the case does not exist there, so this is %s", e->id);
    if (e->problem)
        tare_buf_fmt(&text, "not counted: %s", e->problem);
    tare_dive_line(out, o, "executed", &text);
}
