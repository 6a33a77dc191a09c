/* Chat templates, told from the text of a file's own (which is a program in Jinja, and not run). */
#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "models/tokenizer/beside.h"
#include "models/tokenizer/tokenizer.h"

#include <lm/file.h>
#include <lm/tokenizer.h>

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A turn is open, role, middle, text, close; a prompt ends with the assistant's turn up to its middle. */
static const struct chat {
    const char *name;
    const char *marks[2]; /* the file's template has both; the first that fits counts */
    const char *begin, *open, *middle, *close;
    bool trims;         /* white space around a text goes */
    const char *system; /* put first where the conversation has no system text of its own, or NULL */
} chats[] = {
    /* Meta-Llama-3-Instruct */
    { "llama3",
      { "<|start_header_id|>", "<|eot_id|>" },
      "<|begin_of_text|>",
      "<|start_header_id|>",
      "<|end_header_id|>\n\n",
      "<|eot_id|>",
      true,
      NULL },
    /* Qwen2.5-Instruct, without tools */
    { "qwen2.5",
      { "<|im_start|>", "You are Qwen, created by Alibaba Cloud. You are a helpful assistant." },
      "",
      "<|im_start|>",
      "\n",
      "<|im_end|>\n",
      false,
      "You are Qwen, created by Alibaba Cloud. You are a helpful assistant." },
    /* Qwen2-Instruct */
    { "qwen2",
      { "<|im_start|>", "system\\nYou are a helpful assistant.<|im_end|>" },
      "",
      "<|im_start|>",
      "\n",
      "<|im_end|>\n",
      false,
      "You are a helpful assistant." },
    { "chatml", { "<|im_start|>", "<|im_end|>" }, "", "<|im_start|>", "\n", "<|im_end|>\n", false, NULL },
    /* Phi-3-mini-instruct */
    { "phi3", { "<|user|>", "<|end|>" }, "", "<|", "|>\n", "<|end|>\n", false, NULL },
    /* zephyr-7b-beta, TinyLlama-1.1B-Chat */
    { "zephyr", { "<|user|>", "eos_token" }, "", "<|", "|>\n", "</s>\n", false, NULL },
};
enum { N_CHATS = sizeof chats / sizeof *chats };

static const char *const roles[] = { "system", "user", "assistant" };

static bool known_role(const char *role)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(roles[i], role) == 0)
            return true;
    return false;
}

static const struct chat *find_chat(const char *name)
{
    for (size_t i = 0; i < N_CHATS; i++)
        if (strcmp(chats[i].name, name) == 0)
            return &chats[i];
    return NULL;
}

static void add_turn(struct tare_buf *b, const struct chat *c, const char *role, const char *text)
{
    size_t len = strlen(text);
    if (c->trims) {
        for (; len && isspace((unsigned char)text[0]); text++)
            len--;
        while (len && isspace((unsigned char)text[len - 1]))
            len--;
    }
    tare_buf_str(b, c->open);
    tare_buf_str(b, role);
    tare_buf_str(b, c->middle);
    tare_buf_add(b, text, len);
    tare_buf_str(b, c->close);
}

int lm_chat_render(const char *template_name, const struct lm_message *messages, size_t n, char **text)
{
    *text = NULL;
    const struct chat *c = find_chat(template_name);
    if (!c)
        return tare_fail(TARE_EUNSUP,
                         "chat template '%s' is not known (known: llama3, chatml, qwen2, qwen2.5, phi3, "
                         "zephyr)",
                         template_name);
    if (n == 0)
        return tare_fail(TARE_EUSAGE, "a conversation without messages");
    struct tare_buf b = { 0 };
    tare_buf_str(&b, c->begin);
    if (c->system && strcmp(messages[0].role, "system") != 0)
        add_turn(&b, c, "system", c->system);
    for (size_t i = 0; i < n; i++) {
        if (!known_role(messages[i].role)) {
            tare_buf_free(&b);
            return tare_fail(TARE_EUSAGE, "message %zu: role '%s' is none of system, user, assistant", i,
                             messages[i].role);
        }
        add_turn(&b, c, messages[i].role, messages[i].text);
    }
    tare_buf_str(&b, c->open);
    tare_buf_str(&b, "assistant");
    tare_buf_str(&b, c->middle);
    if (b.failed) {
        tare_buf_free(&b);
        return TARE_ENOMEM;
    }
    *text = b.data;
    return TARE_OK;
}

int lm_chat_read(char **text, const struct lm_file *f)
{
    *text = NULL;
    struct lm_value v = lm_file_value(f, "tokenizer.chat_template");
    if (v.kind == LM_VALUE_TEXT)
        return (*text = tare_strndup(v.text, v.len)) ? TARE_OK : TARE_ENOMEM;
    if (strcmp(lm_file_format(f), "gguf") == 0)
        return TARE_OK;
    json_t *root;
    int rc = lm_json_beside(&root, lm_file_path(f), "tokenizer_config.json");
    const char *chat = json_string_value(json_object_get(root, "chat_template"));
    if (chat && !(*text = tare_strdup(chat)))
        rc = TARE_ENOMEM;
    json_decref(root);
    return rc;
}

const char *lm_chat_template(const struct lm_file *f)
{
    char *text;
    const char *name = NULL;
    if (lm_chat_read(&text, f))
        return NULL;
    for (size_t i = 0; text && !name && i < N_CHATS; i++)
        if (strstr(text, chats[i].marks[0]) && strstr(text, chats[i].marks[1]))
            name = chats[i].name;
    free(text);
    return name;
}
