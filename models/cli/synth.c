/* tare model synth: random weights of a shape that has a name, as a GGUF that other engines load too. */
#include "models/cli/model.h"

#include <stdio.h>

#include "framework/base/error.h"
#include "framework/base/pool.h"
#include "framework/base/text.h"
#include "models/arch/synth.h"

static int find_config(const struct lm_config **c, const char *name)
{
    *c = lm_config_find(name);
    if (*c)
        return 0;
    const char *near = lm_config_nearest(name);
    return tare_fail(TARE_EUSAGE, "unknown configuration '%s': %s%s%s", name, near ? "did you mean '" : "",
                     near ? near : "tare model --help lists them", near ? "'?" : "");
}

int model_synth(const struct model_options *o)
{
    const struct lm_config *c;
    const struct mix *mix;
    struct gguf_writer *w = NULL;
    struct tare_pool *pool = NULL;
    int rc = find_config(&c, o->words[0]);
    if (!rc)
        rc = mix_find(&mix, o->type ? o->type : "f32");
    if (!rc && !o->out)
        rc = tare_fail(TARE_EUSAGE, "model synth needs --out FILE");
    if (!rc)
        rc = tare_pool_create(&pool, model_threads(o), NULL);
    if (!rc)
        rc = gguf_create(&w, o->out);
    if (!rc)
        rc = write_random(w, c, mix, o->seed, pool);
    if (!rc) {
        size_t bytes = gguf_file_bytes(w);
        rc = gguf_finish(w);
        w = NULL;
        if (!rc)
            fprintf(stderr, "%s: %s, %s, seed %llu, %.4g MiB\n", o->out, c->name, mix->name,
                    (unsigned long long)o->seed, (double)bytes / 0x1p20);
    }
    gguf_abandon(w);
    tare_pool_free(pool);
    return rc;
}
