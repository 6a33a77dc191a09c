#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/base/text.h"
#include "framework/runner/command.h"
#include "framework/runner/programs.h"

const struct command commands[] = {
    { "run", CMD_RUN, "[SUITE|PATTERN ...]", "measure cases; save them, compare them with a baseline", cmd_run },
    { "compare", CMD_COMPARE, "OLD NEW [PATTERN ...]",
      "two baselines, two builds of a suite, or two cases; or variants", cmd_compare },
    { "history", CMD_HISTORY, "[BASELINE|PATTERN ...]", "many baselines measured again side by side: a timeline",
      cmd_history },
    { "bisect", CMD_BISECT, "GOOD BAD -- BUILD COMMAND ...", "the commit that made a case slower", cmd_bisect },
    { "list", CMD_LIST, "[SUITE|PATTERN ...]", "the cases there are", cmd_list },
    { "baseline", CMD_BASELINE, "list|show|remove|export|import ...", "the baselines on disk", cmd_baseline },
    { "report", CMD_REPORT, "[BASELINE]", "a page with pictures of the last run, or of a baseline", cmd_report },
    { "dive", CMD_DIVE, "[SUITE] CASE", "everything about one case", cmd_dive },
    { "trust", CMD_TRUST, "", "how far verdicts may be believed on this machine, now", cmd_trust },
    { "machine", CMD_MACHINE, "", "what this machine is, its clock, what it can do at most", cmd_machine },
    { "doctor", CMD_DOCTOR, "", "what disturbs a measurement here, and what mends it", cmd_doctor },
};
const size_t n_commands = sizeof commands / sizeof *commands;

static void print_help(FILE *out, const struct programs *programs)
{
    fprintf(out, "tare " TARE_VERSION ": measures code, and says what changed and whether to believe it\n\n"
                 "usage: tare COMMAND [OPTIONS] [WORDS]\n\n");
    for (size_t i = 0; i < n_commands; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
    for (size_t i = 0; i < programs->n; i++)
        fprintf(out, "  %-10s %s\n", programs->items[i].name, programs->items[i].about);
    fprintf(out, "\n`tare COMMAND --help` lists the options of a command. Exit status: 0 fine, 1 a regression was\n"
                 "found, 2 usage, 3 failure.\n");
}

static void print_command_help(const struct command *c)
{
    printf("usage: tare %s [OPTIONS] %s\n%s\n\n", c->name, c->words, c->help);
    options_print(stdout, c->bit);
}

static int unknown_command(const char *word, const struct programs *programs)
{
    const char *near = NULL;
    const char **names = tare_calloc(n_commands + programs->n, sizeof *names);
    for (size_t i = 0; names && i < n_commands + programs->n; i++)
        names[i] = i < n_commands ? commands[i].name : programs->items[i - n_commands].name;
    if (names)
        near = tare_nearest(word, names, n_commands + programs->n);
    if (near)
        fprintf(stderr, "tare: unknown command '%s': did you mean '%s'?\n", word, near);
    else
        fprintf(stderr, "tare: unknown command '%s': tare --help lists the commands\n", word);
    free(names);
    return EXIT_USAGE;
}

/* What suites read for themselves goes to the worker processes as their environment. */
static int hand_over(const struct options *o)
{
    return o->model && setenv("TARE_MODEL", o->model, 1) != 0 ? tare_fail(TARE_ENOMEM, "out of memory") : 0;
}

static int run_command(const struct command *c, int argc, char **argv)
{
    struct options o;
    int rc = options_parse(&o, c->name, argc, argv, c->bit);
    if (rc == 0 && o.help)
        print_command_help(c);
    else if (rc == 0)
        rc = hand_over(&o);
    if (rc == 0 && !o.help)
        rc = c->run(&o);
    options_free(&o);
    if (rc < 0)
        fprintf(stderr, "tare: %s\n", tare_error());
    if ((fflush(stdout) != 0 || ferror(stdout)) && rc >= 0) {
        if (!tare_reader_left(STDOUT_FILENO))
            fprintf(stderr, "tare: standard output: cannot write\n");
        return EXIT_FAULT;
    }
    return rc >= 0 ? rc : rc == TARE_EUSAGE ? EXIT_USAGE : EXIT_FAULT;
}

static int is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

/* What main's own commands do not answer: help, and the programs beside this one. argv[1] is the word, if any. */
static int run_other(int argc, char **argv)
{
    struct programs programs;
    int rc = programs_find(&programs);
    if (!rc && argc < 2) {
        print_help(stderr, &programs);
        rc = EXIT_USAGE;
    } else if (!rc && is_help(argv[1])) {
        print_help(stdout, &programs);
    } else if (!rc) {
        for (size_t i = 0; i < programs.n && !rc; i++)
            if (strcmp(argv[1], programs.items[i].name) == 0)
                rc = programs_run(&programs.items[i], argc - 2, argv + 2);
        if (!rc)
            rc = unknown_command(argv[1], &programs);
    }
    programs_free(&programs);
    if (rc < 0)
        fprintf(stderr, "tare: %s\n", tare_error());
    return rc < 0 ? EXIT_FAULT : rc;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2)
        return run_other(argc, argv);
    const char *word = argv[1];
    if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
        printf("tare " TARE_VERSION "\n");
        return EXIT_FINE;
    }
    for (size_t i = 0; i < n_commands; i++)
        if (strcmp(word, commands[i].name) == 0)
            return run_command(&commands[i], argc - 2, argv + 2);
    return run_other(argc, argv);
}
