/* The configurations that have names: sizes as published, and what follows from them. */
#include <lm/config.h>

#include "tests/models/data.h"

#include <math.h>
#include <string.h>

/* Parameters as the model cards count them: from the safetensors files' own totals on huggingface.co, and llama2.c's
 * count for stories15M (its head shares the embedding). */
static void parameter_counts_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t parameters;
    } cases[] = {
        { "stories15m", 15191712 },       { "gpt2", 124439808 },          { "qwen2.5-0.5b", 494032768 },
        { "tinyllama-1.1b", 1100048384 }, { "llama-3.2-1b", 1235814400 }, { "llama-3.2-3b", 3212749824 },
        { "llama-3-8b", 8030261248 },     { "mistral-7b", 7241732096 },   { "phi-3-mini", 3821079552 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct lm_config *c = lm_config_find(cases[i].name);
        assert_non_null(c);
        assert_int_equal(lm_config_parameters(c), cases[i].parameters);
    }
    assert_null(lm_config_find("nobody-7b"));
}

static void named_configurations_are_sound(void **state)
{
    (void)state;
    size_t n;
    const struct lm_config *all = lm_configs(&n);
    assert_true(n >= 11);
    for (size_t i = 0; i < n; i++) {
        const struct lm_config *c = &all[i];
        assert_int_equal(c->n_embd % c->n_heads, 0);
        assert_int_equal(c->n_heads % c->n_kv_heads, 0);
        assert_int_equal(c->head_dim * c->n_heads, c->n_embd);
        assert_int_equal(c->rope == LM_ROPE_NONE, c->arch == LM_ARCH_gpt2);
        assert_true(c->norm_eps > 0 && c->rope_base > 0 && c->rope_scale > 0);
        assert_true(lm_config_madds(c) <= lm_config_parameters(c));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(all[k].name, c->name);
    }
}

/* rope_freqs.weight of the published Llama 3.2 1B: 1 up to index 14, 32 from index 29 on. */
static void llama_3_divides_low_frequencies_alone(void **state)
{
    (void)state;
    const struct lm_config *c = lm_config_find("llama-3.2-1b");
    assert_non_null(c->rope_factors);
    for (size_t i = 0; i < 32; i++) {
        double wavelength = 2 * M_PI * pow(500000, (double)i / 32);
        double want = 1;
        if (wavelength > 8192 / 1.0)
            want = 32;
        else if (wavelength >= 8192 / 4.0) {
            double smooth = (8192 / wavelength - 1) / (4.0 - 1);
            want = 1 / ((1 - smooth) / 32 + smooth);
        }
        assert_true(fabs((double)c->rope_factors[i] - want) <= 1e-6 * want);
    }
    assert_null(lm_config_find("llama-3-8b")->rope_factors);
}

static void the_tensors_of_a_model_come_in_order(void **state)
{
    (void)state;
    static const char *const names[] = { "token_embd.weight",     "blk.0.attn_norm.weight", "blk.0.attn_q.weight",
                                         "blk.0.attn_k.weight",   "blk.0.attn_v.weight",    "blk.0.attn_output.weight",
                                         "blk.0.ffn_norm.weight", "blk.0.ffn_gate.weight",  "blk.0.ffn_up.weight",
                                         "blk.0.ffn_down.weight", "blk.1.attn_norm.weight" };
    const struct lm_config *c = lm_config_find("tiny");
    struct lm_tensor_spec spec;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true(lm_config_tensor(c, i, &spec));
        assert_string_equal(spec.name, names[i]);
    }
    assert_true(lm_config_tensor(c, 19, &spec));
    assert_string_equal(spec.name, "output_norm.weight");
    assert_int_equal(spec.n_dims, 1);
    assert_int_equal(spec.dims[0], 128);
    assert_false(lm_config_tensor(c, 20, &spec));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(parameter_counts_are_the_published_ones),
    cmocka_unit_test(named_configurations_are_sound),
    cmocka_unit_test(llama_3_divides_low_frequencies_alone),
    cmocka_unit_test(the_tensors_of_a_model_come_in_order),
};

TARE_TEST_MAIN(tests)
