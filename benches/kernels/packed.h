/* What repacked weights cost in memory, as cases that tell a value. */
#ifndef BENCHES_KERNELS_PACKED_H
#define BENCHES_KERNELS_PACKED_H

#include <tare/bench.h>

/* For every kernel that wants its weights packed and that the levels allow, and every shape of `pack`: the bytes of the
 * copy, and its ratio to the weights as a file has them. Returns what host->add returned. */
int packed_emit(const struct tare_host *host, unsigned levels);

#endif
