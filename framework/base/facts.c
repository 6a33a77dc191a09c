#include "framework/base/facts.h"

#include "framework/base/error.h"
#include "framework/base/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static struct tare_fact *find(const struct tare_facts *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->items[i].key, key) == 0)
            return &f->items[i];
    return NULL;
}

int tare_facts_set(struct tare_facts *f, const char *key, bool identity, const char *fmt, ...)
{
    struct tare_buf text = { 0 };
    va_list args;
    va_start(args, fmt);
    tare_buf_vfmt(&text, fmt, args);
    va_end(args);
    char *name = NULL;
    struct tare_fact *fact = find(f, key);
    if (text.failed)
        goto fail;
    if (!fact) {
        name = tare_strdup(key);
        if (!name || tare_grow(&f->items, &f->capacity, f->n + 1, sizeof *f->items))
            goto fail;
        fact = &f->items[f->n++];
        *fact = (struct tare_fact){ .key = name };
    }
    free(fact->value);
    fact->value = text.data;
    fact->identity = identity;
    return TARE_OK;
fail:
    free(name);
    tare_buf_free(&text);
    return TARE_ENOMEM;
}

const char *tare_facts_get(const struct tare_facts *f, const char *key)
{
    const struct tare_fact *fact = find(f, key);
    return fact ? fact->value : NULL;
}

int tare_facts_copy(struct tare_facts *to, const struct tare_facts *from)
{
    struct tare_facts copy = { 0 };
    for (size_t i = 0; i < from->n; i++) {
        const struct tare_fact *fact = &from->items[i];
        if (tare_facts_set(&copy, fact->key, fact->identity, "%s", fact->value)) {
            tare_facts_free(&copy);
            return TARE_ENOMEM;
        }
    }
    *to = copy;
    return TARE_OK;
}

void tare_facts_free(struct tare_facts *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->items[i].key);
        free(f->items[i].value);
    }
    free(f->items);
    *f = (struct tare_facts){ 0 };
}
