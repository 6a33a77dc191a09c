/* From samples of addresses to functions, instructions, a loop and its branches. */
#ifndef TARE_RUNNER_DIVE_H
#define TARE_RUNNER_DIVE_H

#include "framework/measure/dive.h"
#include "framework/result/dive.h"
#include "framework/runner/files.h"

/* Fills h from what a worker sampled of a case of the suite file. Where a library's symbols can't be read its samples
 * go to "?"; where there is no objdump h->problem says so. TARE_ENOMEM, TARE_EIO, TARE_ESTOP. */
int dive_hot(struct tare_hot *h, const struct tare_spots *spots, const struct suite_file *file,
             const volatile int *stop);

#endif
