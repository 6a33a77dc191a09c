/* How attention is shared out over threads: every row of every head once, over just the positions that it sees, and no
 * thread with much more to do than another where there are rows enough. */
#include <lm/model.h>

#include <stdlib.h>
#include <string.h>

#include "models/runtime/state.h"
#include "tests/harness.h"

enum { N_CTX = 160, MAX_THREADS = 8, MAX_HEADS = 9, HEAD_DIM = 8, ROW_BYTES = 32, WORK_BYTES = 64 };

static float q[N_CTX * MAX_HEADS * HEAD_DIM];
static char keys[N_CTX * ROW_BYTES], work[MAX_THREADS * WORK_BYTES];

/* What a kernel that only counts was asked for. */
static struct {
    size_t positions[MAX_THREADS];
    struct {
        size_t times, first, last; /* positions that it was to see */
    } rows[N_CTX][MAX_HEADS];
} asked;

static void count(const struct kn_attention *a)
{
    size_t thread = (size_t)((const char *)a->work - work) / WORK_BYTES;
    size_t row = (size_t)(a->q - q) / (a->heads * HEAD_DIM), first = (size_t)((const char *)a->k - keys) / ROW_BYTES;
    for (size_t t = 0; t < a->tokens; t++)
        for (size_t h = a->head_begin; h < a->head_begin + a->head_count; h++) {
            size_t seen = a->past + t + 1, hidden = a->window && seen > a->window ? seen - a->window : 0;
            asked.positions[thread] += seen - hidden;
            asked.rows[row + t][h].times++;
            asked.rows[row + t][h].first = first + hidden;
            asked.rows[row + t][h].last = first + a->past + t;
        }
}

static const struct kn_kernel counting = { .op = KN_OP_attention, .type = KN_TYPE_f32, .fn.attention = count };

static const struct sharing {
    size_t heads, kv_heads, window;
    int threads;
    size_t past, rows;
    double most; /* that a thread may have, of what it would have if all had the same */
} cases[] = {
    { 1, 1, 0, 2, 0, 128, 1.02 },  { 1, 1, 0, 7, 0, 128, 1.1 },   { 3, 3, 0, 2, 17, 100, 1.02 },
    { 3, 1, 0, 8, 0, 60, 1.1 },    { 5, 1, 20, 4, 0, 128, 1.02 }, { 9, 3, 0, 8, 30, 128, 1.05 },
    { 8, 2, 0, 4, 0, 128, 1 },     { 4, 4, 9, 4, 0, 128, 1 },     { 2, 1, 30, 7, 20, 128, 1.1 },
    { 3, 3, 0, 2, 100, 1, 4. / 3 } /* a single row is not shared out */
};

static void share_out(const struct sharing *k)
{
    struct lm_model m = { .config = { .n_ctx = N_CTX,
                                      .window = k->window,
                                      .n_layers = 1,
                                      .n_heads = k->heads,
                                      .n_kv_heads = k->kv_heads,
                                      .head_dim = HEAD_DIM } };
    struct lm_session s = { .model = &m,
                            .n_threads = k->threads,
                            .attention = &counting,
                            .kv = { .row_bytes = ROW_BYTES, .head_dim = HEAD_DIM, .k = keys, .v = keys },
                            .q = q,
                            .mixed = q,
                            .work = work,
                            .work_bytes = WORK_BYTES };
    const struct lm_run run = { .past = k->past, .n = k->rows };
    memset(&asked, 0, sizeof asked);
    for (int thread = 0; thread < k->threads; thread++)
        lm_attend(&(struct lm_worker){ .s = &s, .thread = thread }, 0, &run, 1);
}

static void every_row_is_attended_once_and_no_thread_has_much_more_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct sharing *k = &cases[i];
        size_t total = 0, most = 0;
        share_out(k);
        for (size_t t = 0; t < k->rows; t++)
            for (size_t h = 0; h < k->heads; h++) {
                size_t last = k->past + t, first = k->window && last >= k->window ? last - k->window + 1 : 0;
                if (asked.rows[t][h].times != 1 || asked.rows[t][h].first != first || asked.rows[t][h].last != last)
                    fail_msg("case %zu: row %zu of head %zu %zu times, positions %zu to %zu", i, t, h,
                             asked.rows[t][h].times, asked.rows[t][h].first, asked.rows[t][h].last);
                total += last - first + 1;
            }
        for (int thread = 0; thread < k->threads; thread++)
            most = asked.positions[thread] > most ? asked.positions[thread] : most;
        double share = (double)most * k->threads / (double)total;
        if (share > k->most + 1e-9)
            fail_msg("case %zu: a thread does %.3f times its part", i, share);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_row_is_attended_once_and_no_thread_has_much_more_to_do),
};

TARE_TEST_MAIN(tests)
