/* The commands of models, which are programs beside `tare`. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void what_a_command_of_models_is_told_wrongly_is_one_line_with_the_way_out(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int status;
        const char *says[2];
    } cases[] = {
        { "$TARE modle", 2, { "'modle'", "'model'" } },
        { "$TARE model inof x", 2, { "'model inof'", "'info'" } },
        { "$TARE model info", 2, { "usage: tare model info", "FILE" } },
        { "$TARE model info a b", 2, { "usage: tare model info", "" } },
        { "$TARE model info --fromat json x", 2, { "'--fromat'", "'--format'" } },
        { "$TARE model info --format", 2, { "--format needs a value", "json" } },
        { "$TARE model info --format xml x", 2, { "'xml'", "json" } },
        { "$TARE model info --help=yes", 2, { "--help takes no value", "" } },
        { "$TARE model info ''", 2, { "name of the model is empty", "" } },
        { "$TARE model info absent.gguf", 3, { "absent.gguf", "No such file" } },
        { "mkdir empty; $TARE model info empty", 2, { "empty", "holds no model" } },
        { ": >none.gguf; $TARE model info none.gguf", 3, { "none.gguf: header at byte 0", "empty" } },
        { "echo hello >a.txt; $TARE model info a.txt", 3, { "a.txt", "no model that can be read" } },
        { "printf 'PK\\003\\004xxxx' >pytorch_model.bin; $TARE model info pytorch_model.bin",
          3,
          { "pytorch_model.bin", "convert" } },
        { "$TARE model synth tinny --out a.gguf", 2, { "'tinny'", "'tiny'" } },
        { "$TARE model synth tiny", 2, { "needs --out FILE", "" } },
        { "$TARE model synth tiny --type q4_K_N --out a.gguf", 2, { "'q4_K_N'", "'q4_K_M'" } },
        { "$TARE model synth tiny --seed x --out a.gguf", 2, { "--seed", "'x'" } },
        { "$TARE model synth tiny --threads 0 --out a.gguf", 2, { "--threads 0", "at least 1" } },
        { "$TARE model synth tiny --threads 100000 --out a.gguf", 2, { "--threads", "" } },
        { "$TARE model synth tiny --out no/such/folder/a.gguf", 3, { "no/such/folder/a.gguf", "No such file" } },
        { "$TARE model synth tiny --out /dev/null/a.gguf", 3, { "/dev/null/a.gguf: cannot write", "" } },
        { "ulimit -f 100; $TARE model synth tiny --out a.gguf", 3, { "a.gguf: cannot write", "File too large" } },
        { "$TARE model synth tiny --out ''", 2, { "name of the file to write is empty", "" } },
        { "$TARE model synth tiny --out empty", 3, { "empty: cannot write", "folder" } },
        { "$TARE model quantize a.gguf b.gguf", 2, { "needs --type", "" } },
        { "$TARE model quantize a.gguf --type q8_0", 2, { "usage: tare model quantize", "IN OUT" } },
        { "$TARE model quantize absent.gguf b.gguf --type q8_0", 3, { "absent.gguf", "" } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, cases[i].status);
        for (size_t k = 0; k < 2; k++)
            expect_err(&o, cases[i].says[k]);
        if (!is_one_line(o.err) || strncmp(o.err, "tare: ", 6) != 0)
            fail_msg("%s: not one line beginning with 'tare: ':\n%s", o.line, o.err);
        outcome_free(&o);
    }
}

static void the_help_lists_the_commands_of_models_and_their_options(void **state)
{
    (void)state;
    struct outcome o = sh("$TARE --help");
    expect_status(&o, 0);
    expect_out(&o, "\n  model ");
    outcome_free(&o);
    o = sh("$TARE model --help");
    expect_status(&o, 0);
    expect_out(&o, "--model-type");
    outcome_free(&o);
    must("$TARE model", 2);
    must("$TARE model info --help >/dev/full", 3);
}

static void info_prints_sizes_and_tensors(void **state)
{
    (void)state;
    struct outcome o = sh_with_data("$TARE model info $D/stories260K-f16.gguf");
    expect_status(&o, 0);
    expect_out(&o, "260032 parameters");
    expect_out(&o, "tokenizer.ggml.tokens                        512 of <unk>, <s>, </s>, ...");
    expect_out(&o, "blk.4.ffn_up.weight              f16   [172, 64]");
    outcome_free(&o);
    o = sh_with_data("$TARE model info --format json $D/stories260K.bin");
    expect_status(&o, 0);
    expect_out(&o, "\"parameters\": 260032");
    expect_out(&o, "{\"name\": \"token_embd.weight\", \"type\": \"f32\", \"shape\": [512, 64], \"bytes\": 131072, "
                   "\"offset\": 28}");
    outcome_free(&o);
}

static void another_model_type_than_expected_fails_at_once(void **state)
{
    (void)state;
    struct outcome o = sh_with_data("mkdir gpt; ln -s $D/ggml-vocab-gpt-2.gguf gpt/model.gguf; "
                                    "$TARE model info --model-type llama gpt");
    expect_status(&o, 2);
    expect_err(&o, "tare: Model type mismatch: expected 'llama' but detected 'gpt'\n");
    outcome_free(&o);
    o = sh_with_data("mkdir b; echo '{\"model_type\": \"gpt2\"}' >b/config.json; : >b/pytorch_model.bin; "
                     "$TARE model info --model-type llama b");
    expect_status(&o, 2);
    expect_err(&o, "tare: Model type mismatch: expected 'llama' but detected 'gpt'\n");
    outcome_free(&o);
    o = sh_with_data("mkdir c; echo '{\"model_type\": \"gpt2\"}' >c/config.json; "
                     "$TARE generate --model c --model-type llama --prompt a");
    expect_status(&o, 2);
    expect_err(&o, "tare: Model type mismatch: expected 'llama' but detected 'gpt'\n");
    outcome_free(&o);
    o = sh_with_data("$TARE model info --model-type lama $D/stories260K.bin");
    expect_status(&o, 2);
    expect_err(&o, "unknown model type 'lama': did you mean 'llama'?");
    outcome_free(&o);
}

static void what_could_not_be_written_leaves_nothing_and_the_old_file_whole(void **state)
{
    (void)state;
    must("$TARE model synth micro --out a.gguf && cp a.gguf before", 0);
    must("ulimit -f 100; $TARE model synth tiny --out a.gguf", 3);
    must("ulimit -f 4; $TARE model quantize a.gguf a.gguf --type f16", 3);
    must("cmp a.gguf before && test \"$(echo *)\" = 'a.gguf before'", 0);
    must("$TARE model quantize a.gguf a.gguf --type f16 && $TARE model info a.gguf", 0);
}

/* Killed in the middle, by what no program can catch: the file had no name yet. */
static void a_synth_that_is_killed_leaves_nothing(void **state)
{
    (void)state;
    int fd = open(".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        skip(); /* a file system without such files */
    close(fd);
    must("$TARE model synth llama-3.2-1b --type q4_0 --out a.gguf & sleep 0.3; kill -KILL $!; wait $!; test \"$(echo "
         "*)\" = '*'",
         0);
}

static void a_model_takes_the_tokenizer_beside_it_along(void **state)
{
    (void)state;
    struct outcome o = sh_with_data("$TARE model quantize $D/stories260K.bin a.gguf --type f32 && "
                                    "$TARE generate --model a.gguf --prompt 'Once upon a time' --max-tokens 14");
    expect_status(&o, 0);
    expect_out(&o, "Once upon a time, there was a little girl named Lily");
    outcome_free(&o);
    o = sh_with_data("$TARE model info a.gguf");
    expect_status(&o, 0);
    expect_out(&o, "tokenizer.ggml.model                         llama\n");
    expect_out(&o, "tokenizer.ggml.tokens                        512 of <unk>, <s>, </s>, ...\n");
    outcome_free(&o);
    o = sh_with_data("cp $D/stories260K.bin . && echo '{]' >tokenizer_config.json && cp $D/tok512.bin . && $TARE model "
                     "quantize stories260K.bin b.gguf --type f32");
    expect_status(&o, 3);
    expect_err(&o, "tokenizer_config.json: offset ");
    outcome_free(&o);
}

static void a_model_quantized_without_its_tokenizer_takes_the_one_beside_it(void **state)
{
    (void)state;
    struct outcome o = sh_with_data("mkdir alone && cp $D/stories260K.bin alone && $TARE model quantize "
                                    "alone/stories260K.bin a.gguf --type f32");
    expect_status(&o, 0);
    expect_err(&o, "written without a tokenizer: alone/stories260K.bin: no tokenizer beside it");
    outcome_free(&o);
    o = sh_with_data("cp $D/tok512.bin . && $TARE generate --model a.gguf --prompt 'Once upon a time' --max-tokens 14");
    expect_status(&o, 0);
    expect_out(&o, "Once upon a time, there was a little girl named Lily");
    outcome_free(&o);
    must("rm tok512.bin; $TARE generate --model a.gguf --prompt x", 3);
}

/* Every shape that is small, in every type. */
static void what_synth_writes_is_read_back_with_its_sizes_and_the_same_for_a_seed(void **state)
{
    (void)state;
    static const char *const types[] = { "f32",  "f16",  "bf16", "q8_0", "q4_0", "q4_1",   "q5_0",  "q5_1",
                                         "q2_k", "q3_k", "q4_k", "q5_k", "q6_k", "q4_K_M", "q5_K_M" };
    char line[300];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        bool again = i % 7 == 0; /* f32, q5_1 and q5_K_M */
        snprintf(line, sizeof line, "$TARE model synth small --type %s --out a.gguf && $TARE model info a.gguf %s%s%s",
                 types[i], again ? "&& $TARE model synth small --threads 1 --out b.gguf --type " : "",
                 again ? types[i] : "", again ? " && cmp a.gguf b.gguf" : "");
        struct outcome o = sh(line);
        expect_status(&o, 0);
        expect_out(&o, "4720896 parameters: 4 layers of 256, ffn 1024, 4 heads of 64 (4 for keys and values)");
        expect_out(&o, "vocabulary 2048 (head tied to the embedding), context 128");
        if (strcmp(types[i], "q4_K_M") == 0)
            expect_out(&o, "token_embd.weight                q6_k  [2048, 256]");
        outcome_free(&o);
    }
    must(
        "$TARE model synth small --type q4_k --out a.gguf && $TARE model synth small --seed 2 --type q4_k --out b.gguf "
        "&& ! cmp -s a.gguf b.gguf",
        0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(what_a_command_of_models_is_told_wrongly_is_one_line_with_the_way_out, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(the_help_lists_the_commands_of_models_and_their_options, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(info_prints_sizes_and_tensors, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(what_could_not_be_written_leaves_nothing_and_the_old_file_whole, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(a_synth_that_is_killed_leaves_nothing, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_model_takes_the_tokenizer_beside_it_along, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_model_quantized_without_its_tokenizer_takes_the_one_beside_it, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(what_synth_writes_is_read_back_with_its_sizes_and_the_same_for_a_seed, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(another_model_type_than_expected_fails_at_once, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
