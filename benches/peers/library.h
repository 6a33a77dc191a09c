/* A shared library opened while the program runs, and its functions by name. */
#ifndef BENCHES_PEERS_LIBRARY_H
#define BENCHES_PEERS_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

struct library_function {
    void **to;
    const char *name;
};

/* A function's pointer and its place in the table: static LIBRARY_POINTER(f); { LIBRARY_FUNCTION(f) }. */
#define LIBRARY_POINTER(f) __typeof__(&(f)) p_##f
#define LIBRARY_FUNCTION(f)                                                                                            \
    {                                                                                                                  \
        (void **)(void *)&p_##f, #f                                                                                    \
    }

/* Opens a library for good, once, and fills the functions. TARE_EUNSUP with the loader's reason. */
int library_open(bool *opened, const char *path, const struct library_function *functions, size_t n);

#endif
