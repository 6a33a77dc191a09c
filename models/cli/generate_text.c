/* Text through a model: one prompt, or a conversation. */
#include <lm/config.h>
#include <lm/file.h>
#include <lm/generate.h>
#include <lm/model.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "models/cli/generate.h"
#include "models/cli/options.h"

enum { CONVERSATION = 4096 /* tokens, where --ctx says nothing */, LINE_BYTES = 4 << 20 };

/* A stream of tokens to standard output, as whole characters. */
struct printer {
    struct engine *engine;
    size_t at; /* the place of the next token in its sequence */
    struct lm_stream stream;
    struct tare_buf *said; /* the text too, or NULL */
    bool broken;           /* standard output takes no more */
};

static void print_bytes(struct printer *p, const char *text, size_t n)
{
    if (n == 0)
        return;
    if (p->said)
        tare_buf_add(p->said, text, n);
    if (fwrite(text, 1, n, stdout) != n || fflush(stdout) != 0)
        p->broken = true;
}

static bool print_token(void *ctx, size_t sequence, int32_t id)
{
    (void)sequence;
    struct printer *p = ctx;
    struct engine *e = p->engine;
    char text[LM_STREAM_MAX];
    if (lm_tokenizer_is_end(e->tokenizer, id))
        return false;
    if (p->at < lm_session_context(e->session))
        e->held[p->at++] = id;
    print_bytes(p, text, lm_stream_add(e->tokenizer, &p->stream, id, text));
    return !p->broken;
}

static void print_end(struct printer *p)
{
    char text[LM_STREAM_MAX];
    print_bytes(p, text, lm_stream_end(&p->stream, text));
    if (fwrite("\n", 1, 1, stdout) != 1 || fflush(stdout) != 0)
        p->broken = true;
}

/* How many of the first n - 1 ids the session holds already. */
static size_t known_of(const struct engine *e, const int32_t *ids, size_t n)
{
    size_t known = 0;
    while (known + 1 < n && known < lm_session_length(e->session, 0) && e->held[known] == ids[known])
        known++;
    return known;
}

/* Goes on from ids, printing. What the session holds of them is not computed again. */
static int write_on(struct engine *e, const int32_t *ids, size_t n, struct printer *p)
{
    size_t max_tokens = e->o->max_tokens, known = known_of(e, ids, n), n_ctx = lm_session_context(e->session);
    if (n > n_ctx)
        return tare_fail(TARE_EUSAGE, "the prompt of %zu tokens is longer than the context of %zu", n, n_ctx);
    lm_session_cut(e->session, 0, known);
    if (known == 0)
        lm_sampler_reset(e->sampler);
    memcpy(e->held, ids, n * sizeof *ids);
    p->at = n;
    int64_t *step_ns = e->o->timing ? tare_calloc(max_tokens, sizeof *step_ns) : NULL;
    struct lm_generated how;
    if (e->o->timing && !step_ns)
        return TARE_ENOMEM;
    const struct lm_prompt prompt = { ids + known, n - known };
    const struct lm_generate g = { .prompts = &prompt,
                                   .samplers = &e->sampler,
                                   .n_prompts = 1,
                                   .max_tokens = max_tokens,
                                   .keep = true,
                                   .token = print_token,
                                   .ctx = p,
                                   .step_ns = step_ns };
    int rc = lm_generate(e->session, &g, &how);
    if (rc == TARE_EDAMAGED) { /* of a file that the session knows nothing of */
        char why[512];
        snprintf(why, sizeof why, "%s", tare_error());
        tare_fail(rc, "%s: %s", e->o->model, why);
    }
    print_end(p); /* what is said of an error stands in a line of its own */
    if (!rc && !e->cold_ns)
        e->cold_ns = how.prompt_ns;
    if (!rc && e->o->timing)
        rc = print_timing(e, &how, step_ns);
    free(step_ns);
    return rc;
}

static const char *template_of(const struct engine *e)
{
    const char *name = e->file ? lm_chat_template(e->file) : NULL;
    if (!name)
        tare_fail(TARE_EUNSUP, "%s: has no chat template that is known: --prompt without --chat works", e->o->model);
    return name;
}

/* The tokens of a conversation, or of a prompt as it is. */
static int encode(const struct engine *e, const struct lm_message *messages, size_t n_messages, int32_t **ids,
                  size_t *n)
{
    if (!e->o->chat)
        return lm_encode(e->tokenizer, messages[0].text, strlen(messages[0].text), LM_ENCODE_BOS, ids, n);
    char *text = NULL;
    const char *template = template_of(e);
    int rc = template ? lm_chat_render(template, messages, n_messages, &text) : TARE_EUNSUP;
    if (!rc)
        rc = lm_encode(e->tokenizer, text, strlen(text), LM_ENCODE_BOS | LM_ENCODE_SPECIAL, ids, n);
    free(text);
    return rc;
}

/* The same work, unseen: pages, caches and clocks are then as they stay. */
static int warm_up(struct engine *e, const int32_t *ids, size_t n)
{
    const struct lm_prompt prompt = { ids, n };
    const struct lm_generate g = {
        .prompts = &prompt, .samplers = &e->sampler, .n_prompts = 1, .max_tokens = e->o->max_tokens
    };
    struct lm_generated how;
    int rc = TARE_OK;
    for (uint64_t i = 0; i < e->o->warmup && !rc; i++) {
        rc = lm_generate(e->session, &g, &how);
        if (i == 0)
            e->cold_ns = how.prompt_ns;
    }
    lm_session_cut(e->session, 0, 0);
    return rc;
}

int generate_text(struct engine *e)
{
    const struct lm_message message = { "user", e->o->prompt };
    struct printer p = { .engine = e, .stream = { .begun = true } };
    int32_t *ids = NULL;
    size_t n;
    int rc = encode(e, &message, 1, &ids, &n);
    if (!rc)
        rc = engine_begin(e, n + e->o->max_tokens);
    if (!rc && !e->o->chat && n <= lm_session_context(e->session)) {
        fputs(e->o->prompt, stdout);
        fflush(stdout);
    }
    if (!rc && e->o->warmup > 0)
        rc = warm_up(e, ids, n);
    if (!rc)
        rc = write_on(e, ids, n, &p);
    free(ids);
    return rc;
}

/* What was said, in turns: the user's lines and the model's answers. */
struct talk {
    struct lm_message *messages;
    size_t n, capacity;
};

static int talk_add(struct talk *t, const char *role, const char *text)
{
    if (tare_grow(&t->messages, &t->capacity, t->n + 1, sizeof *t->messages))
        return TARE_ENOMEM;
    char *copy = tare_strdup(text);
    if (!copy)
        return TARE_ENOMEM;
    t->messages[t->n++] = (struct lm_message){ role, copy };
    return TARE_OK;
}

static void talk_clear(struct talk *t)
{
    while (t->n > 0)
        free((char *)t->messages[--t->n].text);
}

/* Takes back the last that was said. */
static void talk_drop(struct talk *t)
{
    free((char *)t->messages[--t->n].text);
}

/* A line: a message of the conversation with --chat, else a prompt that begins anew. */
static int answer(struct engine *e, struct talk *t, const char *line, size_t len)
{
    struct tare_buf said = { 0 };
    struct printer p = { .engine = e, .stream = { .begun = true }, .said = &said };
    int32_t *ids = NULL;
    size_t n;
    if (!e->o->chat)
        talk_clear(t);
    int rc = engine_check_text("standard input", line, len);
    if (!rc && strlen(line) < len)
        rc = tare_fail(TARE_EUSAGE, "standard input: not text: byte 0x00 at offset %zu", strlen(line));
    if (rc || (rc = talk_add(t, "user", line)))
        return rc;
    rc = encode(e, t->messages, t->n, &ids, &n);
    if (!rc)
        rc = write_on(e, ids, n, &p);
    if (rc)
        talk_drop(t);
    if (!rc && p.broken)
        rc = TARE_ESTOP;
    if (!rc && e->o->chat)
        rc = talk_add(t, "assistant", said.data ? said.data : "");
    tare_buf_free(&said);
    free(ids);
    return rc;
}

/* The next line, without its end; TARE_ESTOP behind the last. What is longer than LINE_BYTES is read to its end and
 * refused, so that no input takes more memory than that. */
static int read_line(struct tare_buf *line)
{
    bool any = false;
    int c;
    line->len = 0;
    tare_buf_add(line, "", 0);
    while ((c = getc_unlocked(stdin)) != EOF && c != '\n') {
        any = true;
        if (line->len <= LINE_BYTES)
            tare_buf_add(line, &(char){ (char)c }, 1);
    }
    if (line->failed)
        return tare_fail(TARE_ENOMEM, "out of memory (a line of standard input)");
    if (ferror(stdin))
        return tare_fail(TARE_EIO, "standard input: cannot read: %s", strerror(errno));
    if (c == EOF && !any)
        return TARE_ESTOP;
    return line->len > LINE_BYTES
               ? tare_fail(TARE_EUSAGE, "standard input: a line of more than %d MiB", LINE_BYTES >> 20)
               : TARE_OK;
}

/* What the user can mend, and the session outlives. */
static bool is_of_the_line(int rc)
{
    return rc == TARE_EUSAGE || rc == TARE_EUNSUP;
}

int generate_interactively(struct engine *e)
{
    struct talk t = { 0 };
    struct tare_buf line = { 0 };
    bool asks = isatty(STDIN_FILENO);
    int refused = 0, rc = e->o->chat && !template_of(e) ? TARE_EUNSUP : engine_begin(e, CONVERSATION);
    while (!rc) {
        if (asks)
            fprintf(stderr, "> ");
        rc = read_line(&line);
        if (!rc && line.len > 0)
            rc = answer(e, &t, line.data, line.len);
        if (is_of_the_line(rc)) {
            refused = finish(rc); /* prints it */
            rc = TARE_OK;
        }
    }
    talk_clear(&t);
    free(t.messages);
    tare_buf_free(&line);
    return rc == TARE_ESTOP ? refused : rc; /* what could not be written is told at the end */
}
