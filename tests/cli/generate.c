/* `tare generate` as a user meets it. */
#include "framework/base/sanitized.h"
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void what_is_wrong_is_one_line_with_the_way_out(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int status;
        const char *says[2];
    } cases[] = {
        { "--prompt x", 2, { "--model FILE is missing", "" } },
        { "--model tiny", 2, { "--prompt", "--interactive" } },
        { "--model tiny --prompt x --interactive", 2, { "--prompt", "--interactive" } },
        { "--model tiny --prompt ''", 2, { "prompt is empty", "" } },
        { "--model tiny --prompt x --ctx 65", 2, { "65", "64" } },
        { "--model tiny --prompt \"$(printf %070d 0)\"", 2, { "prompt of 70 tokens", "context of 64" } },
        { "--model tiny --prompt xxxxx --ctx 4", 2, { "prompt of 5 tokens", "context of 4" } },
        { "--model tiny --prompt \"$(printf 'ab\\377c')\"", 2, { "--prompt: not UTF-8", "0xFF at offset 2" } },
        { "--model tiny --prompt x --temperature -1", 2, { "temperature -1", "" } },
        { "--model tiny --prompt x --temperature nan", 2, { "temperature", "" } },
        { "--model tiny --prompt x --top-p 0", 2, { "top-p 0", "at most 1" } },
        { "--model tiny --prompt x --top-p 1.5", 2, { "top-p 1.5", "at most 1" } },
        { "--model tiny --prompt x --top-p nan", 2, { "top-p", "at most 1" } },
        { "--model tiny --prompt x --min-p 2", 2, { "min-p 2", "" } },
        { "--model tiny --prompt x --repeat-penalty 0", 2, { "repeat penalty 0", "" } },
        { "--model tiny --prompt x --kv q8", 2, { "--kv 'q8'", "int8" } },
        { "--model tiny --prompt x --kv q8_0", 2, { "'q8_0'", "int8" } },
        { "--model tiny --prompt x --quantize int9", 2, { "'int9'", "'int8'" } },
        { "--model tiny --prompt x --cpu-mask avx3", 2, { "avx3", "" } },
        { "--model tiny --prompt x --threads 5000", 2, { "5000", "1024" } },
        { "--model tiny --prompt x --threads 0", 2, { "--threads 0", "at least 1" } },
        { "--model tiny --prompt x --ctx 0", 2, { "--ctx 0", "at least 1" } },
        { "--model tiny --prompt x --ctx=00", 2, { "--ctx 00", "at least 1" } },
        { "--model tiny --prompt x --no-mmap=1", 2, { "--no-mmap takes no value", "" } },
        { "--model tiny --chat --prompt x", 3, { "chat template", "" } },
        { "--model absent.gguf --prompt x", 3, { "absent.gguf", "No such file" } },
        { "--model tinny --prompt x", 3, { "tinny: No such file", "configuration 'tiny'" } },
        { "--model tiny --chat --interactive </dev/null", 3, { "chat template", "" } },
        { "--model tiny --perplexity bad.txt", 2, { "bad.txt: not UTF-8", "0xE9 at offset 3" } },
        { "--model tiny --interactive <bad.txt", 2, { "standard input: not UTF-8", "0xE9 at offset 3" } },
        { "--model tiny --perplexity absent.txt", 3, { "absent.txt", "" } },
        { "--model tiny --tempreature 1", 2, { "'--tempreature'", "'--temperature'" } },
    };
    must("printf 'caf\\351\\n' >bad.txt", 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[256];
        snprintf(line, sizeof line, "$TARE generate %s", cases[i].line);
        struct outcome o = sh(line);
        expect_status(&o, cases[i].status);
        for (size_t k = 0; k < 2; k++)
            expect_err(&o, cases[i].says[k]);
        if (!is_one_line(o.err) || strncmp(o.err, "tare: ", 6) != 0)
            fail_msg("%s: not one line beginning with 'tare: ':\n%s", o.line, o.err);
        if (*o.out)
            fail_msg("%s: printed '%s'", o.line, o.out);
        outcome_free(&o);
    }
}

static void what_does_not_fit_into_memory_is_one_line_and_what_does_lies_there_once(void **state)
{
    (void)state;
#if TARE_SANITIZED
    skip(); /* sanitizers need more room than a limit leaves */
#endif
    static const struct {
        int mib;
        const char *line, *advice; /* NULL: it fits */
    } cases[] = {
        { 600, "--model llama-3.2-1b", "--quantize q4_0" },
        { 600, "--model qwen2.5-0.5b --quantize q4_0 --ctx 32768", "a shorter --ctx or --kv int8" },
        { 120, "--model f32.gguf", NULL },
        { 120, "--model f32.gguf --no-mmap", "without --no-mmap" },
    };
    must("$TARE model synth stories15m --type f32 --out f32.gguf", 0); /* 58 MiB */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[256];
        snprintf(line, sizeof line, "ulimit -v %d; $TARE generate %s --prompt x --max-tokens 1 --threads 1",
                 cases[i].mib * 1024, cases[i].line);
        struct outcome o = sh(line);
        expect_status(&o, cases[i].advice ? 3 : 0);
        if (cases[i].advice) {
            expect_err(&o, "not enough memory");
            expect_err(&o, cases[i].advice);
            if (!is_one_line(o.err))
                fail_msg("%s: not one line:\n%s", o.line, o.err);
        }
        outcome_free(&o);
    }
    struct outcome o = sh("$TARE generate --model f32.gguf --prompt a --max-tokens 2 --ctx 16 --threads 2 --timing "
                          "--timing-format json --no-mmap");
    expect_status(&o, 0);
    json_t *root = json_loads(o.err, 0, NULL);
    assert_non_null(root);
    double weights = json_number_value(json_object_get(root, "model_bytes"));
    double peak = json_number_value(json_object_get(root, "peak_resident_bytes"));
    if (!(weights > 0x1p25 && peak > weights && peak < 1.5 * weights)) /* not in memory twice */
        fail_msg("%.0f MiB of weights, peak %.0f MiB", weights / 0x1p20, peak / 0x1p20);
    json_decref(root);
    outcome_free(&o);
}

static void weights_that_are_not_mapped_write_the_same_text(void **state)
{
    (void)state;
    struct outcome o = sh_with_data(
        "for m in stories260K.bin stories260K-f32.gguf stories260K-f16.gguf; do g() { $TARE generate --model $D/$m "
        "--prompt 'Once upon a time' --max-tokens 40 --threads 2 $1; }; g >a && g --no-mmap >b && cmp a b || exit; "
        "done");
    expect_status(&o, 0);
    outcome_free(&o);
}

static void the_prompt_and_its_continuation_are_printed(void **state)
{
    (void)state;
    static const char *const models[] = { "stories260K.bin", "stories260K-f32.gguf", "stories260K-f16.gguf" };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char line[256];
        snprintf(line, sizeof line,
                 "$TARE generate --model $D/%s --prompt 'Once upon a time' --max-tokens 60 --threads 2", models[i]);
        struct outcome o = sh_with_data(line);
        expect_status(&o, 0);
        if (strcmp(o.out,
                   "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One "
                   "day, she saw a big, red ball. She wanted to play with it, but it was too high.\nLily\n") != 0 &&
            strncmp(o.out, "Once upon a time, there was a little girl named Lily.", 53) != 0)
            fail_msg("%s wrote: %s", models[i], o.out);
        if (*o.err)
            fail_msg("%s told: %s", models[i], o.err);
        outcome_free(&o);
    }
}

static void a_seed_draws_the_same_text_and_another_seed_another(void **state)
{
    (void)state;
    struct outcome o =
        sh_with_data("g() { $TARE generate --model $D/stories260K.bin --prompt 'One day' --threads 1 "
                     "--max-tokens 40 --temperature 1 --top-p 0.95 --top-k 50 --min-p 0.01 --repeat-penalty 1.1 "
                     "--seed $1 --kv f16; }; g 5 >a; g 5 >b; g 6 >c; cmp a b && ! cmp -s a c && cat a");
    expect_status(&o, 0);
    expect_out(&o, "One day");
    outcome_free(&o);
}

static void timings_go_to_standard_error(void **state)
{
    (void)state;
    struct outcome o = sh("$TARE generate --model tiny --prompt abc --max-tokens 12 --timing --threads 2 --kv int8");
    expect_status(&o, 0);
    expect_err(&o, "\nprompt               3 tokens in ");
    expect_err(&o, "\ntokens after it      11 in ");
    expect_err(&o, "p50 ");
    expect_err(&o, "KV cache ");
    expect_err(&o, "peak resident ");
    expect_err(&o, " MiB in huge pages\n");
    outcome_free(&o);
}

static void timings_as_json_are_one_object_of_numbers(void **state)
{
    (void)state;
    struct outcome o = sh("$TARE generate --model tiny --prompt abc --max-tokens 12 --timing --timing-format json "
                          "--warmup 1 --threads 1");
    expect_status(&o, 0);
    json_t *root = json_loads(o.err, 0, NULL);
    assert_non_null(root);
    assert_true(json_number_value(json_object_get(root, "prompt_tokens")) == 3);
    assert_true(json_number_value(json_object_get(root, "output_tokens")) == 12);
    assert_true(json_number_value(json_object_get(root, "itl_samples")) == 11);
    static const char *const above_zero[] = {
        "load_ms",          "cold_start_ms",      "warmup_gain", "ttft_ms",
        "tpot_ms",          "itl_p99_ms",         "e2e_ms",      "sampling_share",
        "kv_formula_bytes", "kv_allocated_bytes", "model_bytes", "peak_resident_bytes"
    };
    for (size_t i = 0; i < sizeof above_zero / sizeof *above_zero; i++)
        if (!(json_number_value(json_object_get(root, above_zero[i])) > 0))
            fail_msg("%s is not above 0: %s", above_zero[i], o.err);
    json_decref(root);
    outcome_free(&o);
    o = sh("$TARE generate --model tiny --prompt abc --timing-format xml");
    expect_status(&o, 2);
    expect_err(&o, "text and json");
    outcome_free(&o);
}

static void the_suite_runs_on_the_model_that_is_named(void **state)
{
    (void)state;
    struct outcome o = sh("unset TARE_SUITES; $TARE list generation --model micro");
    expect_status(&o, 0);
    expect_out(&o, "generation/ttft/f32/micro/");
    if (strstr(o.out, "/tiny/"))
        fail_msg("other models are listed too:\n%s", o.out);
    outcome_free(&o);
    o = sh("unset TARE_SUITES; TARE_MODEL=absent.gguf $TARE list generation");
    expect_status(&o, 3);
    expect_err(&o, "absent.gguf: cannot open");
    outcome_free(&o);
    o = sh_with_data("unset TARE_SUITES; $TARE list generation --model $D/stories260K.bin");
    expect_status(&o, 0);
    expect_out(&o, "generation/load/stored/stories260K.bin");
    expect_out(&o, "generation/cold_start/stored/stories260K.bin");
    outcome_free(&o);
}

static void lines_are_prompts_of_their_own(void **state)
{
    (void)state;
    struct outcome o = sh_with_data("printf 'Once upon a time\n\nOnce upon a time\n' | $TARE generate --model "
                                    "$D/stories260K.bin --interactive --max-tokens 14 --threads 1");
    expect_status(&o, 0);
    const char *said = ", there was a little girl named Lily";
    const char *first = strstr(o.out, said);
    if (!first || !strstr(first + 1, said) || strlen(o.out) > 120)
        fail_msg("said: %s", o.out);
    outcome_free(&o);
}

static void a_line_that_cannot_be_answered_is_told_and_the_next_one_answered(void **state)
{
    (void)state;
    static const struct {
        const char *line; /* for printf, between two that are fine */
        const char *says;
    } cases[] = {
        { "caf\\351", "standard input: not UTF-8: byte 0xE9 at offset 3" },
        { "a\\0b", "standard input: not text: byte 0x00 at offset 1" },
        { "%0300d", "the prompt of 302 tokens is longer than the context of 40" },
        { "%05000000d", "standard input: a line of more than 4 MiB" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[256];
        snprintf(line, sizeof line,
                 "printf 'One day\\n%s\\nOne day' 0 >lines; $TARE generate --model $D/stories260K.bin --interactive "
                 "--max-tokens 8 --ctx 40 --threads 1 <lines",
                 cases[i].line);
        struct outcome o = sh_with_data(line);
        expect_status(&o, 2);
        expect_err(&o, cases[i].says);
        if (!is_one_line(o.err))
            fail_msg("%s: not one line:\n%s", o.line, o.err);
        const char *middle = strchr(o.out, '\n');
        size_t half = strlen(o.out) / 2;
        if (!middle || half < 10 || strlen(o.out) % 2 != 0 || memcmp(o.out, o.out + half, half) != 0)
            fail_msg("%s: two answers that are the same, not '%s'", o.line, o.out);
        outcome_free(&o);
    }
}

/* A message that is refused is not part of the conversation. */
static void a_message_that_is_too_long_is_forgotten(void **state)
{
    (void)state;
    struct outcome o = sh_with_data(
        "cp $D/stories260K.bin $D/tok512.bin . && echo '{\"chat_template\": \"<|im_start|>user <|im_end|>\"}' "
        ">tokenizer_config.json && $TARE model quantize stories260K.bin a.gguf --type f32 2>/dev/null && "
        "talk() { $TARE generate --model $1 --chat --interactive --max-tokens 9 --ctx 150 --threads 1; }; "
        "printf 'One day\\nand' | talk stories260K.bin >a; printf 'One day\\n%0300d\\nand' 0 | talk a.gguf >b; "
        "test $? = 2 && cmp a b && wc -l <a");
    expect_status(&o, 0);
    expect_out(&o, "2");
    expect_err(&o, "the context of 150");
    if (!is_one_line(o.err))
        fail_msg("not one line:\n%s", o.err);
    outcome_free(&o);
}

static void perplexity_tells_a_likely_text_from_an_unlikely_one(void **state)
{
    (void)state;
    struct outcome o =
        sh_with_data("p() { $TARE generate --model $D/stories260K-f32.gguf --perplexity $1 --threads 2; }; "
                     "tr ' ' '\n' <$D/stories260K.greedy.txt | sort | tr '\n' ' ' >words; "
                     "p $D/stories260K.greedy.txt && p words");
    double likely, unlikely;
    expect_status(&o, 0);
    const char *second = strchr(o.out, '\n');
    assert_true(sscanf(o.out, "perplexity %lf", &likely) == 1 && second);
    assert_true(sscanf(second + 1, "perplexity %lf", &unlikely) == 1);
    if (!(likely < 2 && unlikely > 20))
        fail_msg("%s", o.out);
    outcome_free(&o);
}

static void a_wrong_model_type_fails_at_once(void **state)
{
    (void)state;
    struct outcome o = sh_with_data("$TARE generate --model $D/stories260K.bin --model-type gpt --prompt x");
    expect_status(&o, 2);
    expect_err(&o, "Model type mismatch: expected 'gpt' but detected 'llama'");
    outcome_free(&o);
}

static void what_cannot_be_written_is_a_failure(void **state)
{
    (void)state;
    must("$TARE generate --model tiny --prompt abc >/dev/full", 3);
    must("$TARE generate --help >/dev/null", 0);
    must("$TARE generate", 2);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(what_is_wrong_is_one_line_with_the_way_out, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(what_does_not_fit_into_memory_is_one_line_and_what_does_lies_there_once,
                                    enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(weights_that_are_not_mapped_write_the_same_text, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(the_prompt_and_its_continuation_are_printed, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_seed_draws_the_same_text_and_another_seed_another, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(timings_go_to_standard_error, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(the_suite_runs_on_the_model_that_is_named, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(timings_as_json_are_one_object_of_numbers, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(lines_are_prompts_of_their_own, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_line_that_cannot_be_answered_is_told_and_the_next_one_answered, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(a_message_that_is_too_long_is_forgotten, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(perplexity_tells_a_likely_text_from_an_unlikely_one, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_wrong_model_type_fails_at_once, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(what_cannot_be_written_is_a_failure, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
