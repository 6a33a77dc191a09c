/* A token drawn from logits: one thread. */
#include "kernels/kinds/kind.h"

enum { MOST = 1 << 24 }; /* an index is a float */

static bool make_sample(struct kn_case *c)
{
    return c->dims.n <= MOST && kn_add_input(c, "x", KN_TYPE_f32, KN_FILL_UNIFORM, 8, 1, c->dims.n) &&
           kn_set_output(c, 1, 1);
}

static void bind_sample(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    args->sample = (struct kn_sample){
        .x = at->in[0],
        .y = at->out,
        .n = c->dims.n,
        .temperature = 0.7f,
        .top_k = 50,
        .top_p = 0.9f,
        .u = 0.4375f,
        .work = at->work,
        .step = at->step,
    };
}

static double count_sample(const struct kn_case *c)
{
    return (double)c->dims.n;
}

static struct kn_answer answer_sample(const struct kn_case *c)
{
    (void)c;
    return (struct kn_answer){ 0, 0 };
}

const struct kn_kind_rules kn_kind_sample = { make_sample, bind_sample, NULL, count_sample, answer_sample };
