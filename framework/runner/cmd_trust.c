#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/report/trust.h"
#include "framework/runner/command.h"
#include "framework/runner/trust_plan.h"
#include "framework/runner/trust_run.h"

static const struct format {
    const char *name;
    int (*write)(struct tare_buf *out, const struct tare_trust *t, const struct tare_run *run);
} formats[] = { { "console", tare_trust_page }, { "json", tare_trust_document } };

static const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

static struct trust_aim aim_of(const struct options *o)
{
    static const unsigned masks[] = {
        [LOAD_NONE] = 1u << TARE_LOAD_NONE,
        [LOAD_CPU] = 1u << TARE_LOAD_CPU,
        [LOAD_MEMORY] = 1u << TARE_LOAD_MEMORY,
        [LOAD_ALL] = (1u << TARE_LOADS) - 1,
    };
    size_t runs = o->suite_runs == UINT64_MAX ? trust_suite_runs(o->minutes) : (size_t)o->suite_runs;
    return (struct trust_aim){ o->minutes, masks[o->load], runs };
}

/* The picture is an extra: without gnuplot a line says so. */
static int draw(const char *dir, const struct tare_trust *t)
{
    char *self = tare_path_self();
    char *plots = self ? tare_path_join(self, "../share/tare/plots") : NULL;
    int rc = plots ? tare_trust_draw(dir, plots, t) : TARE_ENOMEM;
    if (rc == TARE_EUNSUP || rc == TARE_ECRASH) {
        fprintf(stderr, "tare: %s\n", tare_error());
        rc = 0;
    }
    free(plots);
    free(self);
    return rc;
}

/* Everything a folder may hold: the page, the document and the picture. */
static int fill_folder(const char *dir, const struct tare_trust *t, const struct tare_run *run)
{
    static const char *const names[] = { "trust.txt", "trust.json" };
    int rc = tare_dir_make(dir);
    for (size_t i = 0; i < sizeof formats / sizeof *formats && rc == 0; i++) {
        struct tare_buf text = { 0 };
        char *path = tare_path_join(dir, names[i]);
        rc = path ? formats[i].write(&text, t, run) : TARE_ENOMEM;
        if (rc == 0)
            rc = tare_file_write(path, text.data, text.len);
        tare_buf_free(&text);
        free(path);
    }
    return rc == 0 ? draw(dir, t) : rc;
}

struct trial {
    const struct session *s;
    const struct tare_trust *t;
    const struct format *format;
};

static int print_trial(const struct tare_report_options *ro, const void *what)
{
    const struct trial *trial = what;
    struct tare_buf text = { 0 };
    int rc = trial->format->write(&text, trial->t, &trial->s->run);
    if (rc == 0 && fwrite(text.data, 1, text.len, ro->out) != text.len)
        rc = tare_fail(TARE_EIO, "the report cannot be written: %s", strerror(errno));
    tare_buf_free(&text);
    return rc;
}

static int report(const struct session *s, const struct tare_trust *t, const struct format *format)
{
    int rc = session_print(s->o, print_trial, &(struct trial){ s, t, format });
    if (rc == 0 && s->o->out)
        rc = fill_folder(s->o->out, t, &s->run);
    if (rc == 0 && s->run.interrupted)
        fprintf(stderr, "tare: interrupted: what was measured is above\n");
    return rc;
}

static size_t n_failed(const struct tare_trust *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_rows; i++)
        n += t->rows[i].failed;
    return n;
}

int cmd_trust(const struct options *o)
{
    const struct format *format = format_find(o->format);
    if (!format)
        return tare_fail(TARE_EUSAGE, "--format: '%s' is not one of console, json", o->format);
    if (o->n_words > 0)
        return tare_fail(TARE_EUSAGE, "trust takes no words: '%s' is one too many", o->words[0]);
    if (o->suite_runs != UINT64_MAX && o->suite_runs > 10000)
        return tare_fail(TARE_EUSAGE, "--suite-runs: at most 10000");
    struct session s;
    struct tare_trust t = { 0 };
    const struct trust_aim aim = aim_of(o);
    int rc = session_open(&s, o);
    uint64_t seed = s.run.seed;
    if (rc == 0)
        rc = trust_measure(&t, &s, &aim);
    s.run.seed = seed;
    if (rc == 0)
        rc = report(&s, &t, format);
    bool bad = s.run.interrupted || n_failed(&t) > 0;
    tare_trust_free(&t);
    session_close(&s);
    return rc != 0 ? rc : bad ? EXIT_FAULT : EXIT_FINE;
}
