/* BLIS: sgemm, whatever the number of rows. */
#include <blis.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "benches/peers/library.h"
#include "benches/peers/list.h"
#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/mem.h"

static LIBRARY_POINTER(cblas_sgemm);
static LIBRARY_POINTER(bli_thread_set_num_threads);
static const struct library_function functions[] = {
    LIBRARY_FUNCTION(cblas_sgemm),
    LIBRARY_FUNCTION(bli_thread_set_num_threads),
};
static bool opened;

/* By the name that a hypervisor gives the processor BLIS can't tell how many units for AVX-512 it has, and settles for
 * AVX2 at half the speed. Read when the library first chooses its kernels. */
static void choose_kernels(void)
{
    char number[16];
    snprintf(number, sizeof number, "%d", (int)BLIS_ARCH_SKX);
    if (tare_cpu_levels() & TARE_CPU_AVX512)
        setenv("BLIS_ARCH_TYPE", number, 0);
}

static int open_matmul(void **call, const struct peer_problem *p)
{
    choose_kernels();
    int rc = library_open(&opened, PEER_BLIS, functions, sizeof functions / sizeof *functions);
    struct kn_matmul *a = rc == 0 ? tare_alloc(sizeof *a) : NULL;
    if (!a)
        return rc != 0 ? rc : TARE_ENOMEM;
    *a = p->args->matmul;
    p_bli_thread_set_num_threads(p->n_threads);
    *call = a;
    return 0;
}

static void run_matmul(void *call)
{
    const struct kn_matmul *a = call;
    f77_int m = (f77_int)a->m, n = (f77_int)a->n, k = (f77_int)a->k, ldy = (f77_int)a->ldy;
    p_cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, a->x, k, a->w, k, 0, a->y, ldy);
}

static bool takes(const struct kn_dims *d)
{
    return d->m > 0 && d->k > 0 && d->m <= INT_MAX && d->n <= INT_MAX && d->k <= INT_MAX;
}

const struct peer peers_of_blis[] = {
    { .variant = "peer_blis",
      .op = KN_OP_matmul,
      .type = KN_TYPE_f32,
      .takes = takes,
      .open = open_matmul,
      .run = run_matmul,
      .close = free },
};
const size_t n_peers_of_blis = sizeof peers_of_blis / sizeof *peers_of_blis;
