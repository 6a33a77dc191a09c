/* Libraries beside the kernels: each computes what `ref` does. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benches/peers/peer.h"
#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "tests/harness.h"

/* A problem with its inputs, what `ref` makes of it, and what a peer does. */
struct desk {
    struct kn_case c;
    void *in[KN_MAX_INPUTS];
    float *want, *got;
    void *work;
    union kn_args args;
};

static void desk_open(struct desk *d, const struct peer *p, const struct kn_dims *dims)
{
    *d = (struct desk){ 0 };
    assert_int_equal(kn_case_make(&d->c, p->op, p->type, dims), 0);
    for (size_t i = 0; i < d->c.n_in; i++) {
        d->in[i] = tare_aligned(64, d->c.in[i].bytes + 64);
        kn_input_fill(&d->c.in[i], d->in[i]);
    }
    const struct kn_kernel *ref = kn_find(p->op, p->type, "ref");
    d->want = tare_aligned(64, d->c.out_count * sizeof *d->want + 64);
    d->got = tare_aligned(64, d->c.out_count * sizeof *d->got + 64);
    d->work = tare_aligned(64, kn_work_bytes(ref, dims, 1) + 64);
    union kn_args args;
    kn_case_args(&d->c, ref, (const void *const *)d->in, d->want, d->work, &args);
    kn_call(ref, &args);
    const struct kn_kernel bare = { .op = p->op, .type = p->type };
    kn_case_args(&d->c, &bare, (const void *const *)d->in, d->got, NULL, &d->args);
}

static void desk_close(struct desk *d)
{
    for (size_t i = 0; i < d->c.n_in; i++)
        free(d->in[i]);
    free(d->want);
    free(d->got);
    free(d->work);
}

static float ulp(float x)
{
    return nextafterf(fabsf(x), INFINITY) - fabsf(x);
}

static void check_answer(const struct desk *d, const struct peer *p, int n_threads)
{
    struct kn_answer answer = bench_peer_answer(p, &d->c);
    for (size_t i = 0; i < d->c.out_count; i++) {
        double room = answer.bound * (double)ulp(answer.scale > 0 ? (float)answer.scale : d->want[i]);
        if (!(fabs((double)d->got[i] - (double)d->want[i]) <= room))
            fail_msg(
                "%s of %s %s, m=%zu n=%zu k=%zu on %d threads: y[%zu] is %.9g, ref has %.9g, %.3g apart may be %.3g",
                p->variant, kn_op_name(p->op), kn_type_name(p->type), d->c.dims.m, d->c.dims.n, d->c.dims.k, n_threads,
                i, (double)d->got[i], (double)d->want[i], fabs((double)(d->got[i] - d->want[i])), room);
    }
}

static void run_peer(const struct peer *p, const struct kn_dims *dims, int n_threads)
{
    struct desk d;
    void *call;
    desk_open(&d, p, dims);
    if (bench_peer_open(p, &call, &(struct peer_problem){ &d.c, &d.args, n_threads, NULL }) != 0)
        fail_msg("%s: %s", p->variant, tare_error());
    for (size_t i = 0; i < d.c.out_count; i++)
        d.got[i] = NAN;
    p->run(call);
    check_answer(&d, p, n_threads);
    p->close(call);
    desk_close(&d);
}

static const struct {
    enum kn_kind kind;
    struct kn_dims dims;
} problems[] = {
    { KN_KIND_matmul, { 1, 512, 256 } },
    { KN_KIND_matmul, { 1, 33, 1024 } },
    { KN_KIND_matmul, { 5, 96, 512 } },
    { KN_KIND_matmul, { 64, 128, 256 } },
    { KN_KIND_softmax, { 7, 300, 1 } },
    { KN_KIND_norm, { 7, 320, 1 } },
    { KN_KIND_rope, { 9, 4, 64 } },
    { KN_KIND_rope_computed, { 9, 4, 64 } },
    { KN_KIND_unary, { 7, 300, 1 } },
    { KN_KIND_binary, { 7, 300, 1 } },
    { KN_KIND_attention, { 1, 256, 64, 8, 2 } },
    { KN_KIND_attention, { 48, 48, 64, 8, 2 } },
};

static void peers_compute_what_ref_does(void **state)
{
    (void)state;
    size_t n;
    const struct peer *peers = bench_peers(&n);
    if (n == 0) {
        print_message("built without peers: cmake --preset peers\n");
        skip();
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof problems / sizeof *problems; k++) {
            const struct kn_dims *dims = &problems[k].dims;
            if (problems[k].kind != kn_op_kind(peers[i].op) || (peers[i].takes && !peers[i].takes(dims)))
                continue;
            run_peer(&peers[i], dims, 1);
            run_peer(&peers[i], dims, 2);
        }
}

static void every_peer_has_a_name_of_its_own_and_a_plain_version(void **state)
{
    (void)state;
    size_t n;
    const struct peer *peers = bench_peers(&n);
    if (n == 0) {
        print_message("built without peers: cmake --preset peers\n");
        skip();
    }
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(strncmp(peers[i].variant, "peer_", 5), 0);
        assert_non_null(kn_find(peers[i].op, peers[i].type, "ref"));
        for (size_t k = 0; k < i; k++)
            assert_false(peers[k].op == peers[i].op && peers[k].type == peers[i].type &&
                         strcmp(peers[k].variant, peers[i].variant) == 0);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(peers_compute_what_ref_does),
    cmocka_unit_test(every_peer_has_a_name_of_its_own_and_a_plain_version),
};

TARE_TEST_MAIN(tests)
