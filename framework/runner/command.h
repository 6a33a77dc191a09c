/* The commands of the program, a file each. */
#ifndef TARE_RUNNER_COMMAND_H
#define TARE_RUNNER_COMMAND_H

#include "framework/runner/options.h"

/* The program's exit statuses. */
enum exit_status { EXIT_FINE = 0, EXIT_REGRESSED = 1, EXIT_USAGE = 2, EXIT_FAULT = 3 };

struct command {
    const char *name;
    unsigned bit;
    const char *words; /* "[SUITE|PATTERN ...]" */
    const char *help;  /* one line */
    /* Returns an exit status, or a negative error code whose message main prints. */
    int (*run)(const struct options *o);
};

extern const struct command commands[];
extern const size_t n_commands;

int cmd_list(const struct options *o);
int cmd_run(const struct options *o);
int cmd_compare(const struct options *o);
int cmd_compare_variants(const struct options *o);
int cmd_baseline(const struct options *o);
int cmd_report(const struct options *o);
int cmd_trust(const struct options *o);
int cmd_machine(const struct options *o);
int cmd_history(const struct options *o);
int cmd_bisect(const struct options *o);
int cmd_dive(const struct options *o);
int cmd_doctor(const struct options *o);

#endif
