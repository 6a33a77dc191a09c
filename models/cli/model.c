/* tare model: what a model file holds, models with random weights, and other types of weights. */
#include <lm/config.h>

#include <sched.h>
#include <signal.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/text.h"
#include "models/cli/model.h"
#include "models/cli/options.h"

static const struct subcommand {
    const char *name, *words, *help;
    size_t n_words;
    int (*run)(const struct model_options *o);
} subcommands[] = {
    { "info", "FILE", "what a model file, or a directory with one, holds", 1, model_info },
    { "synth", "NAME", "random weights of a known shape, as GGUF", 1, model_synth },
    { "quantize", "IN OUT", "the weights of a model as another type, as GGUF", 2, model_quantize },
};
enum { N_SUBCOMMANDS = sizeof subcommands / sizeof *subcommands, MAX_THREADS = 1024 };

int model_threads(const struct model_options *o)
{
    cpu_set_t cpus;
    if (o->threads)
        return (int)o->threads;
    return sched_getaffinity(0, sizeof cpus, &cpus) ? 1 : CPU_COUNT(&cpus);
}

static void print_help(FILE *out, const struct option *options, size_t n)
{
    fprintf(out, "usage: tare model COMMAND [OPTIONS] WORDS\n\n");
    for (size_t i = 0; i < N_SUBCOMMANDS; i++)
        fprintf(out, "    %-8s %-6s  %s\n", subcommands[i].name, subcommands[i].words, subcommands[i].help);
    fprintf(out, "\n");
    options_print(out, options, n);
    fprintf(out, "\nShapes:");
    size_t n_configs;
    const struct lm_config *configs = lm_configs(&n_configs);
    for (size_t i = 0; i < n_configs; i++)
        fprintf(out, " %s", configs[i].name);
    fprintf(out, "\nTypes: f32 f16 bf16 q8_0 q4_0 q4_1 q5_0 q5_1 q2_k q3_k q4_k q5_k q6_k q4_K_M q5_K_M\n");
}

static int find(const struct subcommand **s, const char *word)
{
    const char *names[N_SUBCOMMANDS];
    for (size_t i = 0; i < N_SUBCOMMANDS; i++) {
        names[i] = subcommands[i].name;
        *s = &subcommands[i];
        if (strcmp(word, names[i]) == 0)
            return 0;
    }
    const char *near = tare_nearest(word, names, N_SUBCOMMANDS);
    return tare_fail(TARE_EUSAGE, "unknown command 'model %s': %s%s%s", word, near ? "did you mean '" : "",
                     near ? near : "tare model --help lists them", near ? "'?" : "");
}

int main(int argc, char **argv)
{
    struct model_options o = { .format = "console", .seed = 1 };
    const struct option options[] = {
        { "--format", OPTION_TEXT, "console|json", "of what is printed", &o.format },
        { "--model-type", OPTION_TEXT, "llama|qwen2|gpt|phi3", "fail if the model is of another kind", &o.model_type },
        { "--type", OPTION_TEXT, "TYPE", "of the weights (synth: f32 if not given)", &o.type },
        { "--out", OPTION_TEXT, "FILE", "where synth writes", &o.out },
        { "--seed", OPTION_WHOLE, "N", "of the random weights (1)", &o.seed },
        { "--threads", OPTION_WHOLE, "N", "as many as there are CPUs, if not given", &o.threads, 1 },
        { "--help", OPTION_FLAG, NULL, "this", &o.help },
    };
    const size_t n = sizeof options / sizeof *options;
    const char *words[3];
    size_t n_words;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
    int rc = options_read(options, n, argc - 1, argv + 1, words, 3, &n_words);
    if (rc)
        return finish(rc);
    if (o.help || n_words == 0) {
        print_help(o.help ? stdout : stderr, options, n);
        return o.help ? finish(0) : 2;
    }
    const struct subcommand *s;
    rc = find(&s, words[0]);
    if (!rc && n_words - 1 != s->n_words)
        rc = tare_fail(TARE_EUSAGE, "usage: tare model %s [OPTIONS] %s", s->name, s->words);
    if (!rc && o.threads > MAX_THREADS)
        rc = tare_fail(TARE_EUSAGE, "--threads: 1 to %d are possible", MAX_THREADS);
    for (size_t i = 1; !rc && i < n_words; i++)
        o.words[o.n_words++] = words[i];
    return finish(rc ? rc : s->run(&o));
}
