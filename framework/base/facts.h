/* An ordered list of named facts about a machine, a build or a run: what reports print and baselines keep. */
#ifndef TARE_BASE_FACTS_H
#define TARE_BASE_FACTS_H

#include <stdbool.h>
#include <stddef.h>

struct tare_fact {
    char *key;     /* "cpu.model": lower case, dotted */
    char *value;   /* "AMD EPYC" */
    bool identity; /* a different value means a different machine: figures are not comparable */
};

struct tare_facts {
    struct tare_fact *items; /* owned */
    size_t n, capacity;
};

/* Adds or replaces. */
int tare_facts_set(struct tare_facts *f, const char *key, bool identity, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
const char *tare_facts_get(const struct tare_facts *f, const char *key); /* NULL when absent */
int tare_facts_copy(struct tare_facts *to, const struct tare_facts *from);
void tare_facts_free(struct tare_facts *f);

#endif
