#include "benches/kernels/fixture.h"

#include <stdio.h>
#include <string.h>

#include "benches/kernels/cold.h"
#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/pool.h"

/* One call: of a cold case there are several, each with weights of its own. */
struct copy {
    union kn_args args;
    void *call; /* of the peer */
};

/* Inputs belong to the host and are shared between builds; y is written anew by every iteration, so that no value can
 * drift towards a denormal. */
struct fixture {
    const struct kn_kernel *kernel;
    const struct peer *peer;
    enum kn_op op;
    enum kn_type type;
    struct tare_pool *pool; /* NULL on one thread, and with a peer */
    struct copy *copies;    /* [n_copies] */
    size_t n_copies, n_open;
    size_t used; /* copies that the last run used */
    struct kn_case problem;
    const void *(*in)[KN_MAX_INPUTS]; /* [n_copies] */
    size_t packed_bytes;              /* of weights that the kernel wants packed; 0 = as they lie */
    const void *x;                    /* what y held at first, where it is the first input too; else NULL */
    bool cold, settles;
    size_t align;
    struct tare_output y;
};

/* A sample lasts a millisecond at most, in which a thread reads less than this from memory: no copy comes twice. */
static const size_t cold_bytes_a_thread = (size_t)32 << 20;
static const size_t least_cold_bytes = (size_t)1 << 20;

size_t *bench_axis(enum kn_op op, struct kn_dims *d)
{
    return kn_op_kind(op) == KN_KIND_attention ? &d->n : &d->m;
}

bool bench_has_cache(const struct bench *b)
{
    enum kn_kind kind = kn_op_kind(b->op);
    return cold_can_flush() &&
           ((kind == KN_KIND_matmul && b->dims.m <= 4) || (kind == KN_KIND_attention && b->dims.m == 1));
}

bool bench_has_place(const struct bench *b)
{
    enum kn_kind kind = kn_op_kind(b->op);
    return kind == KN_KIND_rope || kind == KN_KIND_rope_computed || kind == KN_KIND_softmax;
}

size_t bench_cold_inputs(enum kn_op op, size_t *first)
{
    *first = 1;
    return kn_op_kind(op) == KN_KIND_attention ? 2 : 1;
}

static size_t bytes_to_be_cold(const struct kn_case *c)
{
    size_t first, n = bench_cold_inputs(c->op, &first), bytes = 0;
    for (size_t i = first; i < first + n; i++)
        bytes += c->in[i].bytes;
    return bytes;
}

bool bench_can_be_cold(const struct kn_case *c)
{
    return bytes_to_be_cold(c) >= least_cold_bytes;
}

static struct bench bench_of(const struct tare_case *c)
{
    struct bench b = { .n_threads = 1 };
    if (c->setup == bench_setup_peer) {
        b.peer = c->arg;
        b.op = b.peer->op;
        b.type = b.peer->type;
    } else {
        b.kernel = c->arg;
        b.op = b.kernel->op;
        b.type = b.kernel->type;
    }
    b.dims = kn_shape_find(kn_op_kind(b.op), c->params[0].text)->dims;
    *bench_axis(b.op, &b.dims) = (size_t)c->params[1].num;
    for (size_t i = 2; i < c->n_params; i++)
        if (strcmp(c->params[i].name, "threads") == 0)
            b.n_threads = (int)c->params[i].num;
        else if (strcmp(c->params[i].name, "align") == 0)
            b.align = (size_t)c->params[i].num;
        else if (strcmp(c->params[i].name, "y") == 0)
            b.in_place = true;
        else
            b.cold = strcmp(c->params[i].text, "cold") == 0;
    return b;
}

/* An input, so many bytes behind where its memory begins. */
struct placed {
    const struct kn_input *in;
    size_t align;
};

static void fill(void *dst, size_t bytes, const void *ctx)
{
    (void)bytes;
    const struct placed *p = ctx;
    memset(dst, 0, p->align);
    kn_input_fill(p->in, (char *)dst + p->align);
}

static const void *get_placed(const struct fixture *f, const struct kn_input *in, const struct tare_host *host)
{
    char key[128];
    int len = kn_input_key(in, key, sizeof key);
    if (f->align > 0)
        snprintf(key + len, sizeof key - (size_t)len, "/align=%zu", f->align);
    const char *at = host->input(host, key, f->align + in->bytes, fill, &(struct placed){ in, f->align });
    return at ? at + f->align : NULL;
}

/* Weights to be packed, by the strongest kernel there is. */
struct unpacked {
    const struct fixture *f;
    const void *w;
};

static void fill_packed(void *dst, size_t bytes, const void *ctx)
{
    (void)bytes;
    const struct unpacked *u = ctx;
    memset(dst, 0, u->f->align);
    const struct kn_dims *d = &u->f->problem.dims;
    union kn_args args = { .pack = { .w = u->w, .y = (char *)dst + u->f->align, .n = d->n, .k = d->k } };
    kn_call(kn_best(KN_OP_pack, u->f->type, tare_cpu_levels()), &args);
}

/* Packed before the clock; a copy is of a name of its own, so that nobody takes it for the weights. */
static const void *get_packed(const struct fixture *f, const struct kn_input *in, const void *w,
                              const struct tare_host *host)
{
    char key[128];
    int len = kn_input_key(in, key, sizeof key);
    snprintf(key + len, sizeof key - (size_t)len, "/packed/align=%zu", f->align);
    const char *at = host->input(host, key, f->align + f->packed_bytes, fill_packed, &(struct unpacked){ f, w });
    return at ? at + f->align : NULL;
}

static void fill_copy(void *dst, size_t bytes, const void *ctx)
{
    memcpy(dst, ctx, bytes);
}

/* Of a cold input, as the kernel reads it. */
static size_t cold_bytes(const struct fixture *f, size_t i)
{
    return f->packed_bytes ? f->packed_bytes : f->problem.in[i].bytes;
}

static int get_inputs(struct fixture *f, size_t copy, const struct tare_host *host)
{
    size_t first, n = bench_cold_inputs(f->op, &first);
    for (size_t i = 0; i < f->problem.n_in; i++) {
        const struct kn_input *in = &f->problem.in[i];
        if (copy > 0 && (i < first || i >= first + n)) {
            f->in[copy][i] = f->in[0][i];
            continue;
        }
        if (copy > 0) {
            char key[128];
            int len = kn_input_key(in, key, sizeof key);
            snprintf(key + len, sizeof key - (size_t)len, "%s/copy=%zu", f->packed_bytes ? "/packed" : "", copy);
            f->in[copy][i] = host->input(host, key, cold_bytes(f, i), fill_copy, f->in[0][i]);
        } else {
            f->in[0][i] = get_placed(f, in, host);
            if (f->packed_bytes && i == first && f->in[0][i])
                f->in[0][i] = get_packed(f, in, f->in[0][i], host);
        }
        if (!f->in[copy][i])
            return -1;
    }
    return 0;
}

static void put_x(const struct fixture *f)
{
    memcpy((void *)(uintptr_t)f->y.data, f->x, f->problem.in[0].bytes);
}

static int bind_memory(struct fixture *f, const struct bench *b, const struct tare_host *host)
{
    const struct kn_case *c = &f->problem;
    const struct kn_kernel bare = { .op = f->op, .type = f->type }, *k = f->kernel ? f->kernel : &bare;
    char *memory = host->scratch(host, f->align + c->out_count * sizeof(float));
    float *out = memory ? (float *)(void *)(memory + f->align) : NULL;
    size_t work_bytes = kn_work_bytes(k, &c->dims, b->n_threads);
    void *work = work_bytes > 0 ? host->scratch(host, work_bytes) : NULL;
    if (!out || (work_bytes > 0 && !work))
        return -1;
    for (size_t i = 0; i < f->n_copies; i++) {
        if (get_inputs(f, i, host) != 0)
            return -1;
        if (b->in_place) {
            f->x = f->in[i][0];
            f->in[i][0] = out;
        }
        kn_case_args(c, k, f->in[i], out, work, &f->copies[i].args);
    }
    struct kn_answer answer = f->peer ? bench_peer_answer(f->peer, c) : kn_case_answer(c);
    f->y = (struct tare_output){ .size = sizeof f->y,
                                 .type = TARE_OUTPUT_F32,
                                 .name = "y",
                                 .data = out,
                                 .count = c->out_count,
                                 .scale = answer.scale,
                                 .bound = answer.bound };
    if (f->op == KN_OP_quantise) { /* encoded rows, of which each byte counts */
        f->y.type = TARE_OUTPUT_U8;
        f->y.count = c->dims.m * kn_row_bytes(c->type, c->dims.n);
    } else if (f->op == KN_OP_pack) {
        f->y.type = TARE_OUTPUT_U32;
    }
    if (f->x)
        put_x(f);
    return 0;
}

/* Whatever takes long and is done once: a pool's threads; a library's, its primitives and repacked weights. */
static int open_calls(struct fixture *f, int n_threads, const struct tare_host *host)
{
    if (!f->peer)
        return n_threads > 1 ? tare_pool_create(&f->pool, n_threads, host->cpus) : 0;
    int rc = 0;
    for (size_t i = 0; i < f->n_copies && rc == 0; i++) {
        rc = bench_peer_open(f->peer, &f->copies[i].call,
                             &(struct peer_problem){ &f->problem, &f->copies[i].args, n_threads, host->cpus });
        f->n_open += rc == 0;
    }
    return rc;
}

static int setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    const struct bench b = bench_of(c);
    struct fixture *f = host->alloc(host, sizeof *f);
    if (!f)
        return -1;
    *f = (struct fixture){
        .kernel = b.kernel, .peer = b.peer, .op = b.op, .type = b.type, .cold = b.cold, .align = b.align
    };
    if (kn_case_make(&f->problem, b.op, b.type, &b.dims) != 0)
        return host->fail(host, "%s", tare_error());
    if (b.kernel && b.kernel->packed && kn_packed_bytes(b.type, b.dims.n, b.dims.k, &f->packed_bytes) != 0)
        return host->fail(host, "%s", tare_error());
    size_t bytes = bytes_to_be_cold(&f->problem), n_peers;
    f->n_copies = b.cold ? (cold_bytes_a_thread * (size_t)b.n_threads + bytes - 1) / bytes : 1;
    f->used = f->n_copies;
    bench_peers(&n_peers);
    f->settles = n_peers > 0 && b.n_threads > 1;
    f->copies = host->alloc(host, f->n_copies * sizeof *f->copies);
    f->in = f->copies ? host->alloc(host, f->n_copies * sizeof *f->in) : NULL;
    if (!f->in || bind_memory(f, &b, host) != 0)
        return -1;
    if (open_calls(f, b.n_threads, host) != 0) {
        bench_teardown(f);
        return host->fail(host, "%s", tare_error());
    }
    *fixture = f;
    return 0;
}

int bench_setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    return setup(fixture, c, host);
}

int bench_setup_peer(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    return setup(fixture, c, host);
}

/* What the next sample will read leaves the caches: as many copies as the last one used, and in the beginning all. */
static void flush(const struct fixture *f)
{
    size_t first, n = bench_cold_inputs(f->op, &first);
    for (size_t c = 0; c < f->used; c++) {
        for (size_t i = first; i < first + n; i++)
            cold_flush(f->in[c][i], cold_bytes(f, i));
        size_t bytes = 0;
        const void *repacked = f->peer && f->peer->repacked ? f->peer->repacked(f->copies[c].call, &bytes) : NULL;
        if (repacked)
            cold_flush(repacked, bytes);
    }
}

static void rouse(void *ctx, int thread, int n_threads)
{
    (void)ctx;
    (void)thread;
    (void)n_threads;
}

/* Flushing takes so long that the pool's threads sleep; what it takes to wake them (50 µs and more on a virtual
 * machine) is not part of a call. */
void bench_reset(void *fixture)
{
    const struct fixture *f = fixture;
    if (f->cold)
        flush(f);
    if (f->pool)
        tare_pool_run(f->pool, rouse, NULL);
    if (f->settles)
        bench_peers_settle();
}

static inline void call(const struct fixture *f, size_t copy)
{
    if (f->peer)
        f->peer->run(f->copies[copy].call);
    else
        kn_run(f->kernel, &f->copies[copy].args, f->pool);
    tare_use(f);
}

void bench_run(void *fixture, const struct tare_loop *loop)
{
    struct fixture *f = fixture;
    for (uint64_t i = 0, c = 0; i < loop->iters; i++) {
        call(f, c);
        c = c + 1 < f->n_copies ? c + 1 : 0;
    }
    f->used = loop->iters < f->n_copies ? loop->iters : f->n_copies;
}

void bench_teardown(void *fixture)
{
    struct fixture *f = fixture;
    tare_pool_free(f->pool);
    for (size_t i = 0; i < f->n_open; i++)
        f->peer->close(f->copies[i].call);
}

/* In place samples go on from what the last one left: x would otherwise lie in the caches of the thread that put it
 * there. The answer is that to x. */
int bench_output(void *fixture, size_t index, struct tare_output *out)
{
    const struct fixture *f = fixture;
    if (index > 0)
        return 0;
    if (f->x) {
        put_x(f);
        call(f, 0);
    }
    *out = f->y;
    return 1;
}
