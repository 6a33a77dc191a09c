/* The commands of models, which are programs beside `tare`. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line in the folder of real data; skips without it. */
static struct outcome with_data(const char *line)
{
    const char *folder = getenv("TARE_TEST_DATA");
    char probe[4096], whole[8192];
    snprintf(probe, sizeof probe, "%s/stories260K.bin",
             folder && *folder ? folder : TARE_SOURCE_ROOT "/../shared/data");
    FILE *f = fopen(probe, "r");
    if (!f) {
        printf("%s is absent: set TARE_TEST_DATA\n", probe);
        skip();
    }
    fclose(f);
    *strrchr(probe, '/') = '\0';
    snprintf(whole, sizeof whole, "D='%s'; %s", probe, line);
    return sh(whole);
}

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
        { "$TARE model info absent.gguf", 3, { "absent.gguf", "No such file" } },
        { "mkdir empty; $TARE model info empty", 2, { "empty", "holds no model" } },
        { ": >none.gguf; $TARE model info none.gguf", 3, { "none.gguf: header at byte 0", "empty" } },
        { "echo hello >a.txt; $TARE model info a.txt", 3, { "a.txt", "no model that can be read" } },
        { "printf 'PK\\003\\004xxxx' >pytorch_model.bin; $TARE model info pytorch_model.bin",
          3,
          { "pytorch_model.bin", "convert" } },
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
    struct outcome o = with_data("$TARE model info $D/stories260K-f16.gguf");
    expect_status(&o, 0);
    expect_out(&o, "260032 parameters");
    expect_out(&o, "tokenizer.ggml.tokens                        512 of <unk>, <s>, </s>, ...");
    expect_out(&o, "blk.4.ffn_up.weight              f16   [172, 64]");
    outcome_free(&o);
    o = with_data("$TARE model info --format json $D/stories260K.bin");
    expect_status(&o, 0);
    expect_out(&o, "\"parameters\": 260032");
    expect_out(&o, "{\"name\": \"token_embd.weight\", \"type\": \"f32\", \"shape\": [512, 64], \"bytes\": 131072, "
                   "\"offset\": 28}");
    outcome_free(&o);
}

static void another_model_type_than_expected_fails_at_once(void **state)
{
    (void)state;
    struct outcome o = with_data("mkdir gpt; ln -s $D/ggml-vocab-gpt-2.gguf gpt/model.gguf; "
                                 "$TARE model info --model-type llama gpt");
    expect_status(&o, 2);
    expect_err(&o, "tare: Model type mismatch: expected 'llama' but detected 'gpt'\n");
    outcome_free(&o);
    o = with_data("$TARE model info --model-type lama $D/stories260K.bin");
    expect_status(&o, 2);
    expect_err(&o, "unknown model type 'lama': did you mean 'llama'?");
    outcome_free(&o);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(what_a_command_of_models_is_told_wrongly_is_one_line_with_the_way_out, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(the_help_lists_the_commands_of_models_and_their_options, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(info_prints_sizes_and_tensors, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(another_model_type_than_expected_fails_at_once, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
