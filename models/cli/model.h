/* `tare model ...`: its subcommands, a file each. */
#ifndef LM_CLI_MODEL_H
#define LM_CLI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model_options {
    const char *words[2];
    size_t n_words;
    const char *format, *model_type, *type, *out;
    uint64_t seed, threads; /* threads 0 = all */
    bool help;
};

int model_threads(const struct model_options *o); /* as asked for, or all that are allowed */

int model_info(const struct model_options *o);
int model_synth(const struct model_options *o);
int model_quantize(const struct model_options *o);

#endif
