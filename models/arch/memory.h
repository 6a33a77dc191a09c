/* How much memory there is to be had. */
#ifndef MODELS_ARCH_MEMORY_H
#define MODELS_ARCH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that the system says it can give without swapping (MemAvailable), less where a limit of the process (ulimit -v)
 * or of its container (control groups) is nearer; SIZE_MAX where nothing says. */
size_t lm_memory_free(void);

/* Bytes that the control groups of the process have left, pages of files not counted as used: the least of them;
 * SIZE_MAX where none has a limit. root: "", or a folder that holds a proc and a sys. */
size_t lm_memory_of_groups(const char *root);

bool lm_memory_for(size_t bytes);

/* TARE_ENOMEM: "not enough memory: WHAT, and N GiB are free: ADVICE"; *what says how much it takes. */
int lm_memory_lacks(const char *what, const char *advice);

/* Bytes of the process that lie in huge pages, files included; 0 where it is not known. */
size_t lm_memory_huge(void);

#endif
