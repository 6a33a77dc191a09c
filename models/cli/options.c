#include "models/cli/options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/base/text.h"

enum { STATUS_USAGE = 2, STATUS_FAULT = 3 };

static int unknown(const struct option *options, size_t n, const char *word)
{
    const char **names = tare_calloc(n, sizeof *names);
    if (!names)
        return TARE_ENOMEM;
    for (size_t i = 0; i < n; i++)
        names[i] = options[i].name;
    const char *near = tare_nearest(word, names, n);
    free(names);
    if (near)
        return tare_fail(TARE_EUSAGE, "unknown option '%s': did you mean '%s'?", word, near);
    return tare_fail(TARE_EUSAGE, "unknown option '%s': --help lists the options", word);
}

static int take(const struct option *o, const char *value)
{
    char *end = NULL;
    errno = 0;
    if (o->kind == OPTION_TEXT) {
        *(const char **)o->into = value;
        return 0;
    }
    if (o->kind == OPTION_WHOLE && *value >= '0' && *value <= '9')
        *(uint64_t *)o->into = strtoull(value, &end, 10);
    else if (o->kind == OPTION_REAL)
        *(double *)o->into = strtod(value, &end);
    if (!end || end == value || *end || errno)
        return tare_fail(TARE_EUSAGE, "%s wants %s, not '%s'", o->name,
                         o->kind == OPTION_WHOLE ? "a whole number" : "a number", value);
    if (o->kind == OPTION_WHOLE && *(uint64_t *)o->into < o->least)
        return tare_fail(TARE_EUSAGE, "%s %s: it is at least %llu; leave it out for the default", o->name, value,
                         (unsigned long long)o->least);
    return 0;
}

/* One option and, where it has one, its value; *i moves on. */
static int read_one(const struct option *options, size_t n, int argc, char **argv, int *i)
{
    const char *word = argv[*i], *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const struct option *o = NULL;
    for (size_t k = 0; k < n; k++)
        if (strlen(options[k].name) == len && memcmp(options[k].name, word, len) == 0)
            o = &options[k];
    if (!o) {
        char *name = tare_strndup(word, len);
        int rc = name ? unknown(options, n, name) : TARE_ENOMEM;
        free(name);
        return rc;
    }
    if (o->kind == OPTION_FLAG) {
        *(bool *)o->into = true;
        return equals ? tare_fail(TARE_EUSAGE, "%s takes no value", o->name) : 0;
    }
    if (!equals && ++*i >= argc)
        return tare_fail(TARE_EUSAGE, "%s needs a value: %s", o->name, o->value);
    return take(o, equals ? equals + 1 : argv[*i]);
}

int options_read(const struct option *options, size_t n, int argc, char **argv, const char **words, size_t max_words,
                 size_t *n_words)
{
    bool only_words = false;
    int rc = 0;
    *n_words = 0;
    for (int i = 0; i < argc && !rc; i++) {
        if (!only_words && strcmp(argv[i], "--") == 0)
            only_words = true;
        else if (!only_words && argv[i][0] == '-' && argv[i][1])
            rc = read_one(options, n, argc, argv, &i);
        else if (*n_words < max_words)
            words[(*n_words)++] = argv[i];
        else
            rc = tare_fail(TARE_EUSAGE, "'%s' is one word too many", argv[i]);
    }
    return rc;
}

void options_print(FILE *out, const struct option *options, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char left[80];
        snprintf(left, sizeof left, "%s%s%s", options[i].name, options[i].value ? " " : "",
                 options[i].value ? options[i].value : "");
        fprintf(out, "  %-34s %s\n", left, options[i].help);
    }
}

int finish(int rc)
{
    if (rc < 0)
        fprintf(stderr, "tare: %s\n", tare_error());
    if ((fflush(stdout) != 0 || ferror(stdout)) && rc >= 0) {
        if (!tare_reader_left(STDOUT_FILENO))
            fprintf(stderr, "tare: standard output: cannot write\n");
        return STATUS_FAULT;
    }
    return rc >= 0 ? rc : rc == TARE_EUSAGE ? STATUS_USAGE : STATUS_FAULT;
}
