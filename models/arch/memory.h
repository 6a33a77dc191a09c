/* How much memory there is to be had. */
#ifndef MODELS_ARCH_MEMORY_H
#define MODELS_ARCH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that the system says it can give without swapping (MemAvailable); SIZE_MAX where it does not say. */
size_t lm_memory_free(void);

bool lm_memory_for(size_t bytes);

#endif
