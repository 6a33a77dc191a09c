#include "benches/peers/library.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"

/* How the libraries are to behave; read by them when they are loaded, and only where the user said nothing else. Their
 * threads spin about 100 us after a call, long enough to be awake for the next iteration; see bench_peers_settle. */
static void prepare(void)
{
    setenv("GOMP_SPINCOUNT", "2000", 0);
    setenv("OPENBLAS_THREAD_TIMEOUT", "18", 0); /* 2^18 cycles */
    if (tare_cpu_levels() & TARE_CPU_AVX512) {
        /* A release of OpenBLAS older than the processor does not know it and takes its generic kernels. */
        setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
        setenv("ATEN_CPU_CAPABILITY", "avx512", 0); /* PyTorch's own choice is AVX2 */
    }
}

int library_open(bool *opened, const char *path, const struct library_function *functions, size_t n)
{
    if (*opened)
        return 0;
    prepare();
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return tare_fail(TARE_EUNSUP, "%s", dlerror());
    for (size_t i = 0; i < n; i++) {
        *functions[i].to = dlsym(library, functions[i].name);
        if (!*functions[i].to)
            return tare_fail(TARE_EUNSUP, "%s has no %s: another release than the build's headers", path,
                             functions[i].name);
    }
    *opened = true;
    return 0;
}
