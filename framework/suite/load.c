#include "framework/suite/load.h"

#include <ctype.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"

enum { MAX_PARAMS = 32, MAX_CASES = 100000 };

/* State of one emit. */
struct emission {
    struct tare_suite_handle *handle;
    const char *name;
    char message[512];
};

static int emit_fail(const struct tare_host *h, const char *fmt, ...)
{
    struct emission *e = h->state;
    va_list args;
    va_start(args, fmt);
    vsnprintf(e->message, sizeof e->message, fmt, args);
    va_end(args);
    return -1;
}

static void *emit_alloc(const struct tare_host *h, size_t bytes)
{
    (void)bytes;
    h->fail(h, "memory can be had from setup on, not inside emit");
    return NULL;
}

static const void *emit_input(const struct tare_host *h, const char *key, size_t bytes,
                              void (*fill)(void *, size_t, const void *), const void *ctx)
{
    (void)key, (void)fill, (void)ctx;
    return emit_alloc(h, bytes);
}

/* Ids are lines of text that a shell pattern can name: no control characters, blanks or pattern characters. */
static const char *fault_in_part(const char *s)
{
    if (!s || !*s)
        return "is empty";
    if (s[0] == '/' || s[strlen(s) - 1] == '/' || strstr(s, "//"))
        return "has an empty part between slashes";
    for (; *s; s++)
        if (iscntrl((unsigned char)*s) || strchr(" *?[]\\\"'", *s))
            return "has a blank, a quote or a pattern character";
    return NULL;
}

static int check_case(const struct tare_host *h, const struct tare_case *c)
{
    const char *fault;
    if ((fault = fault_in_part(c->group)) != NULL)
        return h->fail(h, "a case's group %s", fault);
    if (c->variant && (fault = fault_in_part(c->variant)) != NULL)
        return h->fail(h, "%s: the variant %s", c->group, fault);
    if (!c->run)
        return h->fail(h, "%s: the case has no run function", c->group);
    if (c->n_params > MAX_PARAMS || (c->n_params && !c->params))
        return h->fail(h, "%s: %zu params; at most %d, and not NULL", c->group, c->n_params, MAX_PARAMS);
    for (size_t i = 0; i < c->n_params; i++) {
        const struct tare_param *p = &c->params[i];
        if (p->name && (fault = fault_in_part(p->name)) != NULL)
            return h->fail(h, "%s: the name of param %zu %s", c->group, i, fault);
        if (p->text && (fault = fault_in_part(p->text)) != NULL)
            return h->fail(h, "%s: the text of param %zu %s", c->group, i, fault);
        if (!p->name && !p->text)
            return h->fail(h, "%s: param %zu has neither name nor text", c->group, i);
    }
    const double work[] = { c->work.flops, c->work.bytes_read, c->work.bytes_written, c->work.items, c->working_set };
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        if (!isfinite(work[i]) || work[i] < 0)
            return h->fail(h, "%s: the declared work is negative or not a number", c->group);
    if (c->value > TARE_VALUE_RATIO)
        return h->fail(h, "%s: it measures something (%u) that this program does not know", c->group, c->value);
    return 0;
}

static char *format_id(const struct tare_suite_handle *h, const struct tare_case *c)
{
    struct tare_buf b = { 0 };
    tare_buf_fmt(&b, "%s/%s", h->suite.name, c->group);
    if (c->variant)
        tare_buf_fmt(&b, "/%s", c->variant);
    for (size_t i = 0; i < c->n_params; i++) {
        const struct tare_param *p = &c->params[i];
        tare_buf_str(&b, "/");
        if (p->name)
            tare_buf_fmt(&b, "%s=", p->name);
        if (p->text)
            tare_buf_str(&b, p->text);
        else
            tare_buf_fmt(&b, "%lld", (long long)p->num);
    }
    if (b.failed) {
        tare_buf_free(&b);
        return NULL;
    }
    return b.data;
}

/* A copy in this build's form: what lies beyond the suite's own size stays zero. */
static int copy_case(struct tare_suite_handle *h, struct tare_case *to, const struct tare_case *from)
{
    struct tare_arena *a = &h->arena;
    to->size = sizeof *to;
    to->group = tare_arena_strdup(a, from->group);
    to->variant = from->variant ? tare_arena_strdup(a, from->variant) : NULL;
    to->item_unit = to->item_unit ? tare_arena_strdup(a, to->item_unit) : NULL;
    struct tare_param *params = tare_arena_alloc(a, (from->n_params + 1) * sizeof *params);
    if (!params || !to->group)
        return TARE_ENOMEM;
    for (size_t i = 0; i < from->n_params; i++) {
        const struct tare_param *p = &from->params[i];
        params[i].name = p->name ? tare_arena_strdup(a, p->name) : NULL;
        params[i].text = p->text ? tare_arena_strdup(a, p->text) : NULL;
        params[i].num = p->num;
    }
    to->params = params;
    return 0;
}

static int emit_add(const struct tare_host *host, const struct tare_case *given)
{
    struct emission *e = host->state;
    struct tare_suite_handle *h = e->handle;
    struct tare_case c = { 0 };
    if (given->size < offsetof(struct tare_case, teardown) || given->size > 4096)
        return host->fail(host, "a case says it is %u bytes: set .size = sizeof(struct tare_case)", given->size);
    memcpy(&c, given, given->size < sizeof c ? given->size : sizeof c);
    if (check_case(host, &c) != 0)
        return -1;
    if (h->n >= MAX_CASES)
        return host->fail(host, "more than %d cases", MAX_CASES);
    if (tare_grow(&h->cases, &h->cases_capacity, h->n + 1, sizeof *h->cases) != 0 ||
        tare_grow(&h->ids, &h->ids_capacity, h->n + 1, sizeof *h->ids) != 0 || copy_case(h, &c, &c) != 0)
        return host->fail(host, "no memory for its cases");
    char *id = format_id(h, &c);
    if (!id)
        return host->fail(host, "no memory for its cases");
    h->cases[h->n] = c;
    h->ids[h->n++] = id;
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check_unique(const struct tare_suite_handle *h, const char *name)
{
    char **sorted = tare_calloc(h->n, sizeof *sorted);
    if (!sorted)
        return TARE_ENOMEM;
    int rc = 0;
    if (h->n > 0) {
        memcpy(sorted, h->ids, h->n * sizeof *sorted);
        qsort(sorted, h->n, sizeof *sorted, compare_names);
    }
    for (size_t i = 1; i < h->n && rc == 0; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            rc = tare_fail(TARE_EPARSE, "%s: two cases have the id '%s': tell them apart by a param", name, sorted[i]);
    free(sorted);
    return rc;
}

static int check_suite(struct tare_suite_handle *h, const struct tare_suite *s, const char *name)
{
    if (s->size < offsetof(struct tare_suite, emit) + sizeof s->emit || s->size > 4096)
        return tare_fail(TARE_EPARSE, "%s: its `tare_suite` is %u bytes: begin it with TARE_SUITE_HEAD", name, s->size);
    if (s->abi != TARE_SUITE_ABI)
        return tare_fail(TARE_EVERSION, "%s: built for suite interface %u, this is interface %u: build it again", name,
                         s->abi, TARE_SUITE_ABI);
    memcpy(&h->suite, s, s->size < sizeof h->suite ? s->size : sizeof h->suite);
    const char *fault = fault_in_part(h->suite.name);
    if (fault || strchr(h->suite.name, '/'))
        return tare_fail(TARE_EPARSE, "%s: the name of the suite %s", name, fault ? fault : "has a '/'");
    if (!h->suite.emit)
        return tare_fail(TARE_EPARSE, "%s: the suite has no emit function", name);
    return 0;
}

static int emit(struct tare_suite_handle *h, const char *name, const struct tare_suite_options *o)
{
    struct emission e = { .handle = h, .name = name };
    const struct tare_host host = {
        .size = sizeof host,
        .abi = TARE_SUITE_ABI,
        .n_threads = o->n_threads,
        .cpus = o->cpus,
        .cpu_mask = o->cpu_mask,
        .state = &e,
        .add = emit_add,
        .fail = emit_fail,
        .alloc = emit_alloc,
        .scratch = emit_alloc,
        .input = emit_input,
    };
    if (h->suite.emit(&host) != 0)
        return tare_fail(TARE_EUSAGE, "%s: %s", name, e.message[0] ? e.message : "emit failed and gave no reason");
    return check_unique(h, name);
}

int tare_suite_load(struct tare_suite_handle *h, const char *path, const char *name,
                    const struct tare_suite_options *options)
{
    *h = (struct tare_suite_handle){ 0 };
    if (access(path, R_OK) != 0)
        return tare_fail(TARE_ENOENT, "%s: no such suite file, or it can't be read", name);
    dlerror();
    h->dl = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!h->dl) {
        const char *why = dlerror();
        size_t n = strlen(path);
        if (why && strncmp(why, path, n) == 0 && why[n] == ':')
            why += n + 2;
        return tare_fail(TARE_EPARSE, "%s: not a loadable suite: %s", name, why ? why : "unknown reason");
    }
    const struct tare_suite *s = dlsym(h->dl, "tare_suite");
    int rc = s ? check_suite(h, s, name)
               : tare_fail(TARE_EPARSE, "%s: not a suite: it exports no `tare_suite` (see tare/bench.h)", name);
    if (rc == 0)
        rc = emit(h, name, options);
    if (rc != 0)
        tare_suite_unload(h);
    return rc;
}

void tare_suite_unload(struct tare_suite_handle *h)
{
    for (size_t i = 0; i < h->n; i++)
        free(h->ids[i]);
    free(h->ids);
    free(h->cases);
    tare_arena_free(&h->arena);
    if (h->dl)
        dlclose(h->dl);
    *h = (struct tare_suite_handle){ 0 };
}
