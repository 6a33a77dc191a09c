/* The command line, read by a table. */
#ifndef TARE_RUNNER_OPTIONS_H
#define TARE_RUNNER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Which commands take an option: a bit each. */
enum command_bit {
    CMD_LIST = 1 << 0,
    CMD_RUN = 1 << 1,
    CMD_COMPARE = 1 << 2,
    CMD_BASELINE = 1 << 3,
    CMD_REPORT = 1 << 4,
    CMD_MACHINE = 1 << 5,
    CMD_DOCTOR = 1 << 6,
    CMD_TRUST = 1 << 7,
    CMD_HISTORY = 1 << 8,
    CMD_BISECT = 1 << 9,
    CMD_DIVE = 1 << 10,
    CMD_REPORTS = CMD_RUN | CMD_COMPARE,                   /* what prints a run */
    CMD_MEASURES = CMD_REPORTS | CMD_HISTORY | CMD_BISECT, /* what measures */
    CMD_ALL = (1 << 11) - 1,
};

enum fail_on { FAIL_ON_NONE, FAIL_ON_REGRESSED, FAIL_ON_INCONCLUSIVE };
enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };
enum load_choice { LOAD_NONE, LOAD_CPU, LOAD_MEMORY, LOAD_ALL };
enum progress_choice { CHOICE_AUTO, CHOICE_PLAIN, CHOICE_NONE };

struct options {
    char *line;         /* the command line as given, words joined by blanks; owned */
    const char **words; /* what is not an option; owned array of borrowed strings */
    size_t n_words;
    size_t n_before; /* words before a "--"; n_words without one */
    const char *dir; /* the store; NULL = $TARE_DIR or ".tare" */
    const char *preset, *save, *baseline, *baseline_or_save;
    const char *pin, *cpu_mask, *format, *output, *out;
    const char *case_pattern, *suites, *variants;
    const char *model;         /* for suites that run models, which find it as TARE_MODEL in their environment */
    double margin, confidence; /* as fractions */
    double budget_s;           /* 0 = the preset's */
    double timeout_s;
    double minutes;         /* of `trust` */
    uint64_t seed, threads; /* threads 0 = all allowed */
    uint64_t processes;     /* 0 = the preset's */
    uint64_t layouts;       /* 0 = as built only */
    uint64_t iterations;    /* of `dive`: only run the case; 0 = dive */
    uint64_t last;          /* 0 = all */
    uint64_t suite_runs;    /* of `trust`; UINT64_MAX = as the minutes allow */
    int fail_on, color, progress, load, sampler;
    bool has_seed, has_processes, has_layouts, stored, verbose, samples, roofs, no_roofs, force, system_clock,
        callgrind, help;
};

/* Reads the words behind the command's name; `name` is it. TARE_EUSAGE with the nearest name for what is unknown. */
int options_parse(struct options *o, const char *name, int argc, char **argv, unsigned command);
void options_free(struct options *o);

/* Prints the options that a command takes, a line each. */
void options_print(FILE *out, unsigned command);

#endif
