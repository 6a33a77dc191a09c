#include "framework/runner/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/text.h"
#include "framework/result/result.h"

enum { MOST_PROCESSES = 255 }; /* rounds are told apart up to here */

enum kind { FLAG, TEXT, PERCENT, SECONDS, MINUTES, NUMBER, CHOICE };

struct spec {
    const char *name;
    enum kind kind;
    size_t offset;
    unsigned commands;
    const char *value; /* what the help calls it, or the choices divided by '|' */
    const char *help;
};

#define AT(field) offsetof(struct options, field)

static const struct spec specs[] = {
    { "preset", TEXT, AT(preset), CMD_MEASURES | CMD_DIVE, "quick|default|thorough",
      "how long a case may take: 0.25, 1, 5 s, but at least 20, 50, 100 generations of a model" },
    { "save", TEXT, AT(save), CMD_RUN, "NAME", "save the run as a baseline" },
    { "baseline", TEXT, AT(baseline), CMD_RUN, "NAME", "compare with a baseline" },
    { "baseline-or-save", TEXT, AT(baseline_or_save), CMD_RUN, "NAME", "compare with it if it exists, else save it" },
    { "stored", FLAG, AT(stored), CMD_REPORTS, NULL, "compare with the samples on disk, not by measuring again" },
    { "minutes", MINUTES, AT(minutes), CMD_TRUST, "M", "how long to try (5)" },
    { "load", CHOICE, AT(load), CMD_TRUST, "none|cpu|memory|all",
      "what else is busy meanwhile (all, one after another)" },
    { "suite-runs", NUMBER, AT(suite_runs), CMD_TRUST, "N",
      "runs over 200 unchanged cases (from 10 minutes on one a minute, at most 20)" },
    { "margin", PERCENT, AT(margin), CMD_MEASURES | CMD_TRUST, "PERCENT",
      "changes within it are no change (0.5; trust 0.25)" },
    { "confidence", PERCENT, AT(confidence), CMD_MEASURES | CMD_TRUST | CMD_DIVE | CMD_MACHINE, "PERCENT",
      "of intervals and verdicts (99)" },
    { "budget", SECONDS, AT(budget_s), CMD_MEASURES | CMD_DIVE, "SECONDS",
      "measuring time of a case, instead of the preset's" },
    { "processes", NUMBER, AT(processes), CMD_MEASURES, "N", "worker processes before any verdict (1; thorough: 5)" },
    { "layouts", NUMBER, AT(layouts), CMD_REPORTS, "N",
      "measure the new code at N other addresses too: a change that layout alone makes is no change" },
    { "variants", TEXT, AT(variants), CMD_COMPARE, "A,B,...",
      "how the first variant of one build stands to the others, case by case" },
    { "fail-on", CHOICE, AT(fail_on), CMD_REPORTS, "none|regressed|inconclusive",
      "what exits with status 1 (regressed)" },
    { "seed", NUMBER, AT(seed), CMD_MEASURES | CMD_TRUST | CMD_DIVE, "N", "of every random order (new each run)" },
    { "pin", TEXT, AT(pin), CMD_MEASURES | CMD_LIST | CMD_TRUST | CMD_DIVE | CMD_MACHINE, "auto|none|CPU",
      "the CPU to measure on (auto)" },
    { "threads", NUMBER, AT(threads), CMD_MEASURES | CMD_LIST | CMD_DIVE | CMD_MACHINE, "N",
      "most threads a case may use (all allowed CPUs)" },
    { "cpu-mask", TEXT, AT(cpu_mask), CMD_MEASURES | CMD_LIST | CMD_TRUST | CMD_DIVE | CMD_MACHINE, "LEVEL",
      "strongest instruction set used: ref, avx2, ..." },
    { "model", TEXT, AT(model), CMD_MEASURES | CMD_LIST | CMD_DIVE, "FILE|NAME",
      "what suites of models run on ($TARE_MODEL)" },
    { "timeout", SECONDS, AT(timeout_s), CMD_MEASURES | CMD_LIST | CMD_TRUST | CMD_DIVE | CMD_MACHINE, "SECONDS",
      "without a sign of life: a case hangs (60)" },
    { "format", TEXT, AT(format), CMD_REPORTS, "console|json|csv|markdown|junit", "of the result (console)" },
    { "format", TEXT, AT(format), CMD_TRUST | CMD_DIVE | CMD_MACHINE, "console|json", "of the result (console)" },
    { "format", TEXT, AT(format), CMD_HISTORY, "console|json|csv", "of the result (console)" },
    { "output", TEXT, AT(output), CMD_REPORTS | CMD_HISTORY | CMD_TRUST | CMD_DIVE | CMD_MACHINE, "FILE",
      "write the result there, not to standard output" },
    { "no-roofs", FLAG, AT(no_roofs), CMD_REPORTS | CMD_DIVE, NULL,
      "do not measure the machine's roofs beside the cases" },
    { "roofs", FLAG, AT(roofs), CMD_MACHINE, NULL, "measure what it computes and moves at most, some seconds" },
    { "samples", FLAG, AT(samples), CMD_REPORTS, NULL, "raw samples in JSON too" },
    { "verbose", FLAG, AT(verbose), CMD_REPORTS | CMD_DOCTOR | CMD_DIVE, NULL,
      "every statistic of a case; every check" },
    { "callgrind", FLAG, AT(callgrind), CMD_DIVE, NULL, "count the instructions of an iteration under valgrind" },
    { "iterations", NUMBER, AT(iterations), CMD_DIVE, "N",
      "only run the case so often, in this process: for a debugger or a profiler" },
    { "sampler", CHOICE, AT(sampler), CMD_DIVE, "auto|clock|timer",
      "how hot instructions are found: by the kernel's clock event, by a timer signal (auto)" },
    { "color", CHOICE, AT(color), CMD_ALL, "auto|always|never", "colours (auto; NO_COLOR is honoured)" },
    { "progress", CHOICE, AT(progress), CMD_MEASURES | CMD_TRUST | CMD_DIVE | CMD_MACHINE, "auto|plain|none",
      "on standard error (auto)" },
    { "system-clock", FLAG, AT(system_clock), CMD_MEASURES | CMD_MACHINE | CMD_TRUST | CMD_DIVE, NULL,
      "do not use the time-stamp counter" },
    { "last", NUMBER, AT(last), CMD_HISTORY, "N", "only the newest baselines" },
    { "case", TEXT, AT(case_pattern), CMD_BISECT, "PATTERN", "look at these cases only" },
    { "suites", TEXT, AT(suites), CMD_BISECT, "DIR", "where the build leaves suites (build/release/lib/tare/suites)" },
    { "out", TEXT, AT(out), CMD_REPORT, "DIR", "folder of the report (tare-report)" },
    { "out", TEXT, AT(out), CMD_TRUST, "DIR", "leave page, JSON and a picture there" },
    { "out", TEXT, AT(out), CMD_HISTORY, "DIR", "draw a picture there" },
    { "force", FLAG, AT(force), CMD_BASELINE, NULL, "import over a baseline of the same name" },
    { "dir", TEXT, AT(dir), CMD_REPORTS | CMD_BASELINE | CMD_REPORT | CMD_HISTORY, "DIR",
      "the store ($TARE_DIR, else .tare)" },
    { "help", FLAG, AT(help), CMD_ALL, NULL, "show this" },
};
static const size_t n_specs = sizeof specs / sizeof *specs;

static int parse_number(double *x, const char *name, const char *text, const char *suffix)
{
    char *end;
    errno = 0;
    *x = strtod(text, &end);
    if (*end && strcmp(end, suffix) == 0)
        end += strlen(suffix);
    if (end == text || *end || errno || !isfinite(*x) || *x < 0)
        return tare_fail(TARE_EUSAGE, "--%s: '%s' is not a number", name, text);
    return 0;
}

static int parse_choice(int *out, const struct spec *s, const char *text)
{
    size_t n = strlen(text);
    const char *p = s->value;
    for (int i = 0; p; i++) {
        size_t k = strcspn(p, "|");
        if (k == n && strncmp(p, text, n) == 0) {
            *out = i;
            return 0;
        }
        p = p[k] ? p + k + 1 : NULL;
    }
    return tare_fail(TARE_EUSAGE, "--%s: '%s' is not one of %s", s->name, text, s->value);
}

static int parse_whole(uint64_t *out, const char *name, const char *text)
{
    char *end;
    errno = 0;
    unsigned long long x = strtoull(text, &end, 10);
    if (end == text || *end || errno || strchr(text, '-'))
        return tare_fail(TARE_EUSAGE, "--%s: '%s' is not a whole number", name, text);
    *out = x;
    return 0;
}

static int set(struct options *o, const struct spec *s, const char *text)
{
    void *field = (char *)o + s->offset;
    double x;
    int rc;
    switch (s->kind) {
    case FLAG:
        *(bool *)field = true;
        return 0;
    case TEXT:
        if (!*text)
            return tare_fail(TARE_EUSAGE, "--%s needs a value: %s", s->name, s->value);
        *(const char **)field = text;
        return 0;
    case PERCENT:
        rc = parse_number(&x, s->name, text, "%");
        *(double *)field = x / 100;
        return rc;
    case SECONDS:
        rc = parse_number(&x, s->name, text, "s");
        *(double *)field = x;
        return rc == 0 && (x < 0.001 || x > 86400) ? tare_fail(TARE_EUSAGE, "--%s: %s s is not sensible", s->name, text)
                                                   : rc;
    case MINUTES:
        rc = parse_number(&x, s->name, text, "");
        *(double *)field = x;
        return rc == 0 && (x < 0.01 || x > 1440)
                   ? tare_fail(TARE_EUSAGE, "--%s: between 0.01 and 1440, not %s", s->name, text)
                   : rc;
    case NUMBER:
        return parse_whole(field, s->name, text);
    case CHOICE:
        return parse_choice(field, s, text);
    }
    return 0;
}

static const struct spec *find(const char *name, size_t n, unsigned command)
{
    for (size_t i = 0; i < n_specs; i++)
        if (strlen(specs[i].name) == n && strncmp(specs[i].name, name, n) == 0 && (specs[i].commands & command))
            return &specs[i];
    return NULL;
}

static int unknown(const char *word, size_t n, unsigned command)
{
    const char *names[sizeof specs / sizeof *specs];
    size_t k = 0;
    char name[64];
    for (size_t i = 0; i < n_specs; i++)
        if (specs[i].commands & command)
            names[k++] = specs[i].name;
    snprintf(name, sizeof name, "%.*s", (int)(n < 60 ? n : 60), word);
    const char *near = tare_nearest(name, names, k);
    return near ? tare_fail(TARE_EUSAGE, "unknown option '--%s': did you mean '--%s'?", name, near)
                : tare_fail(TARE_EUSAGE, "unknown option '--%s': --help lists the options", name);
}

static int parse_option(struct options *o, int *i, int argc, char **argv, unsigned command)
{
    const char *word = argv[*i] + 2;
    size_t n = strcspn(word, "=");
    const struct spec *s = find(word, n, command);
    if (!s)
        return unknown(word, n, command);
    if (s->kind == FLAG && word[n])
        return tare_fail(TARE_EUSAGE, "--%s takes no value", s->name);
    if (s->kind == FLAG)
        return set(o, s, NULL);
    if (!word[n] && *i + 1 >= argc)
        return tare_fail(TARE_EUSAGE, "--%s needs a value: %s", s->name, s->value);
    o->has_processes = o->has_processes || s->offset == AT(processes);
    o->has_layouts = o->has_layouts || s->offset == AT(layouts);
    o->has_seed = o->has_seed || s->offset == AT(seed);
    return set(o, s, word[n] ? word + n + 1 : argv[++*i]);
}

static int check(const struct options *o, unsigned command)
{
    if (o->has_layouts && (o->layouts < 1 || o->layouts > TARE_MOST_LAYOUTS))
        return tare_fail(TARE_EUSAGE, "--layouts is a number from 1 to %d", TARE_MOST_LAYOUTS);
    if (o->has_layouts && o->stored)
        return tare_fail(TARE_EUSAGE, "--layouts measures builds and --stored does not: they exclude each other");
    if (o->has_layouts && command == CMD_RUN && !o->baseline && !o->baseline_or_save)
        return tare_fail(TARE_EUSAGE, "--layouts goes with a comparison: --baseline NAME says with what");
    if (o->margin >= 0.5)
        return tare_fail(TARE_EUSAGE, "--margin is in percent and below 50");
    if (o->confidence < 0.5 || o->confidence > 0.99999)
        return tare_fail(TARE_EUSAGE, "--confidence is in percent, between 50 and 99.999");
    if (o->has_processes && (o->processes < 1 || o->processes > MOST_PROCESSES))
        return tare_fail(TARE_EUSAGE, "--processes is a number from 1 to %d", MOST_PROCESSES);
    if (!!o->baseline + !!o->baseline_or_save > 1)
        return tare_fail(TARE_EUSAGE, "--baseline and --baseline-or-save exclude each other");
    if (o->save && o->baseline_or_save)
        return tare_fail(TARE_EUSAGE, "--save and --baseline-or-save exclude each other");
    return 0;
}

static char *join(const char *name, int argc, char **argv)
{
    struct tare_buf line = { 0 };
    tare_buf_fmt(&line, "tare %s", name);
    for (int i = 0; i < argc; i++)
        tare_buf_fmt(&line, " %s", argv[i]);
    if (line.failed)
        tare_buf_free(&line);
    return line.data;
}

int options_parse(struct options *o, const char *name, int argc, char **argv, unsigned command)
{
    *o = (struct options){ .preset = "default",
                           .pin = "auto",
                           .format = "console",
                           .margin = command == CMD_TRUST ? 0.0025 : 0.005, /* half of the least it plants */
                           .confidence = 0.99,
                           .timeout_s = 60,
                           .minutes = 5,
                           .suite_runs = UINT64_MAX,
                           .load = LOAD_ALL,
                           .fail_on = FAIL_ON_REGRESSED };
    o->words = tare_calloc((size_t)argc + 1, sizeof *o->words);
    o->line = join(name, argc, argv);
    if (!o->words || !o->line)
        return TARE_ENOMEM;
    bool options = true;
    size_t n_before = SIZE_MAX;
    for (int i = 0; i < argc; i++) {
        int rc = 0;
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
            n_before = o->n_words;
        } else if (options && strcmp(argv[i], "-h") == 0)
            o->help = true;
        else if (options && strncmp(argv[i], "--", 2) == 0)
            rc = parse_option(o, &i, argc, argv, command);
        else if (options && argv[i][0] == '-' && argv[i][1])
            rc = tare_fail(TARE_EUSAGE, "unknown option '%s': options have two dashes; --help lists them", argv[i]);
        else
            o->words[o->n_words++] = argv[i];
        if (rc != 0)
            return rc;
    }
    o->n_before = n_before < o->n_words ? n_before : o->n_words;
    return check(o, command);
}

void options_free(struct options *o)
{
    free(o->words);
    free(o->line);
    *o = (struct options){ 0 };
}

void options_print(FILE *out, unsigned command)
{
    for (size_t i = 0; i < n_specs; i++) {
        const struct spec *s = &specs[i];
        if (!(s->commands & command))
            continue;
        char left[80];
        snprintf(left, sizeof left, "--%s%s%s", s->name, s->value ? " " : "", s->value ? s->value : "");
        fprintf(out, "  %-42s %s\n", left, s->help);
    }
}
