#include "framework/base/error.h"
#include "tests/harness.h"
#include "tests/models/table_file.h"

#include <lm/tokenizer.h>

#include <stdlib.h>
#include <string.h>

static const struct lm_message with_system[] = { { "system", "Be brief." }, { "user", " Hi\n" } };
static const struct lm_message turns[] = { { "user", "Hi" }, { "assistant", "Hello." }, { "user", "Bye" } };

/* Written out from the chat_template of the models' tokenizer_config.json. */
static const struct {
    const char *name;
    const struct lm_message *messages;
    size_t n;
    const char *expected;
} renderings[] = {
    { "llama3", with_system, 2,
      "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
      "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n" },
    { "llama3", turns, 3,
      "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
      "<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>"
      "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n" },
    { "chatml", turns, 3,
      "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n"
      "<|im_start|>assistant\n" },
    { "qwen2", turns, 1,
      "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
      "<|im_start|>assistant\n" },
    { "qwen2.5", turns, 1,
      "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
      "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n" },
    { "qwen2.5", with_system, 2,
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi\n<|im_end|>\n<|im_start|>assistant\n" },
    { "zephyr", with_system, 2, "<|system|>\nBe brief.</s>\n<|user|>\n Hi\n</s>\n<|assistant|>\n" },
    { "zephyr", turns, 3, "<|user|>\nHi</s>\n<|assistant|>\nHello.</s>\n<|user|>\nBye</s>\n<|assistant|>\n" },
    { "phi3", turns, 1, "<|user|>\nHi<|end|>\n<|assistant|>\n" },
};

static void conversations_read_as_the_templates_write_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof renderings / sizeof *renderings; i++) {
        char *text;
        if (lm_chat_render(renderings[i].name, renderings[i].messages, renderings[i].n, &text))
            fail_msg("%s: %s", renderings[i].name, tare_error());
        assert_string_equal(text, renderings[i].expected);
        free(text);
    }
}

/* The telling parts of published templates, as their files have them (backslash and n, not a new line). */
static void templates_are_told_from_their_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
    } cases[] = {
        { "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' "
          "+ "
          "message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' %}",
          "llama3" },
        { "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ "
          "'<|im_start|>system\\n"
          "You are a helpful assistant.<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role']",
          "qwen2" },
        { "{{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful "
          "assistant.<|im_end|>\\n' }}",
          "qwen2.5" },
        { "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}", "chatml" },
        { "{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}", "zephyr" },
        { "{{'<|user|>' + '\\n' + message['content'] + '<|end|>' + '\\n' + '<|assistant|>' + '\\n'}}", "phi3" },
        { "[INST] {{ message['content'] }} [/INST]", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lm_file f = { 0 };
        table_text(&f, "tokenizer.chat_template", cases[i].text);
        const char *name = lm_chat_template(&f);
        if (cases[i].name)
            assert_string_equal(name, cases[i].name);
        else
            assert_null(name);
        table_free(&f);
    }
    assert_null(lm_chat_template(&(struct lm_file){ 0 }));
}

static void what_cannot_be_rendered_is_an_error(void **state)
{
    (void)state;
    static const struct lm_message odd[] = { { "user", "a" }, { "tool", "b" } };
    char *text;
    assert_int_equal(lm_chat_render("alpaca", turns, 1, &text), TARE_EUNSUP);
    assert_non_null(strstr(tare_error(), "alpaca"));
    assert_int_equal(lm_chat_render("chatml", turns, 0, &text), TARE_EUSAGE);
    assert_int_equal(lm_chat_render("chatml", odd, 2, &text), TARE_EUSAGE);
    assert_non_null(strstr(tare_error(), "message 1: role 'tool'"));
    assert_null(text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(conversations_read_as_the_templates_write_them),
    cmocka_unit_test(templates_are_told_from_their_text),
    cmocka_unit_test(what_cannot_be_rendered_is_an_error),
};

TARE_TEST_MAIN(tests)
