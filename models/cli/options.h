/* The command lines of the programs here, read by a table. */
#ifndef LM_CLI_OPTIONS_H
#define LM_CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_kind { OPTION_TEXT, OPTION_WHOLE, OPTION_REAL, OPTION_FLAG };

struct option {
    const char *name; /* "--out" */
    enum option_kind kind;
    const char *value; /* "FILE"; NULL for a flag */
    const char *help;
    void *into;     /* const char **, uint64_t *, double * or bool * */
    uint64_t least; /* of OPTION_WHOLE */
};

/* Reads argv[0..argc) into the options' places; words that are no options go to words[*n_words], at most max_words of
 * them (a `--` ends the options). TARE_EUSAGE, for an unknown option with the nearest name. --help is an option like
 * the others. */
int options_read(const struct option *options, size_t n, int argc, char **argv, const char **words, size_t max_words,
                 size_t *n_words);

void options_print(FILE *out, const struct option *options, size_t n);

/* The exit status of a result: prints the message of an error as one line, and finds a standard output that could not
 * be written. 0 fine, 2 usage, 3 failure; a positive rc is returned as it is. */
int finish(int rc);

#endif
