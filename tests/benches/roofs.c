/* Suite roofs: its kernels compute what they say, on every instruction set that this machine has, and its levels are
 * those of the machine. */
#include "benches/roofs/roofs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "framework/base/cpu.h"
#include "tests/harness.h"

enum { BYTES = 3 * 5 * ROOF_GRAIN };

static bool usable(const struct roof_isa *isa)
{
    return (isa->level & ~tare_cpu_levels()) == 0;
}

/* Memory with a margin on both sides, in which nothing may be written. */
struct arrays {
    char *a, *b, *y, *want;
};

static void arrays_make(struct arrays *m, size_t off)
{
    char **each[] = { &m->a, &m->b, &m->y, &m->want };
    for (size_t i = 0; i < 4; i++) {
        *each[i] = (char *)aligned_alloc(64, BYTES + 256) + 64 + (i == 2 ? 0 : off);
        for (size_t k = 0; k < BYTES; k += 4) {
            float x = (float)(i + 1) * (float)k / 64 - 100;
            memcpy(*each[i] + k, &x, sizeof x);
        }
    }
    memset(m->y - 64, 0x11, BYTES + 128);
}

static void arrays_free(struct arrays *m, size_t off)
{
    free(m->a - 64 - off);
    free(m->b - 64 - off);
    free(m->y - 64);
    free(m->want - 64 - off);
}

/* The slow version of a walk: what it leaves in y, and what it returns. */
static uint64_t plain(const struct arrays *m, enum roof_op op, size_t bytes, size_t passes)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes; i += 4) {
        float a, b;
        memcpy(&a, m->a + i, 4);
        memcpy(&b, m->b + i, 4);
        float y = op == ROOF_ADD ? a + b : a;
        memcpy(m->want + i, &y, 4);
    }
    for (size_t i = 0; i < bytes && op == ROOF_READ; i += 8) {
        uint64_t word;
        memcpy(&word, m->a + i, 8);
        sum ^= passes % 2 ? word : 0;
    }
    if (op == ROOF_FILL)
        memset(m->want, ROOF_VALUE, bytes);
    return sum;
}

static void check_walk(const struct roof_isa *isa, const struct roof_pattern *p, size_t bytes, size_t passes)
{
    size_t off = p->op == ROOF_READ ? 4 : 0;
    struct arrays m;
    arrays_make(&m, off);
    uint64_t want = plain(&m, p->op, bytes, passes);
    uint64_t got = p->walk(&(struct roof_walk){ .y = m.y, .a = m.a, .b = m.b, .bytes = bytes, .passes = passes });
    if (got != want)
        fail_msg("%s %s: the words come to %llu, not %llu", isa->variant, p->name, (unsigned long long)got,
                 (unsigned long long)want);
    for (size_t i = 0; i < bytes && p->op != ROOF_READ; i++)
        if (m.y[i] != m.want[i])
            fail_msg("%s %s, op %d: byte %zu of %zu is %d, not %d", isa->variant, p->name, (int)p->op, i, bytes, m.y[i],
                     m.want[i]);
    for (size_t i = 0; i < 64; i++)
        if (m.y[-1 - (int)i] != 0x11 || m.y[bytes + i] != 0x11)
            fail_msg("%s %s, op %d: writes beyond its array", isa->variant, p->name, (int)p->op);
    arrays_free(&m, off);
}

static void every_walk_reads_and_writes_what_it_says(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t i = 0; i < roof_n_isas; i++) {
        if (!usable(roof_isas[i]))
            continue;
        for (size_t k = 0; k < roof_isas[i]->n_patterns; k++) {
            const struct roof_pattern *p = &roof_isas[i]->patterns[k];
            check_walk(roof_isas[i], p, ROOF_GRAIN, 1);
            check_walk(roof_isas[i], p, BYTES, 3);
            check_walk(roof_isas[i], p, BYTES, 2);
            n++;
        }
    }
    assert_true(n > 4);
}

static void multiply_adds_are_those_of_plain_c(void **state)
{
    (void)state;
    enum { ROUNDS = 21 };
    for (size_t i = 0; i < roof_n_isas; i++) {
        const struct roof_isa *isa = roof_isas[i];
        float acc[ROOF_MOST_FLOATS];
        if (!usable(isa) || !isa->fma)
            continue;
        assert_in_range(isa->n_fma, 1, ROOF_MOST_FLOATS);
        for (int k = 0; k < ROOF_MOST_FLOATS; k++)
            acc[k] = 1 + (float)k;
        isa->fma(acc, 0.75f, 2, ROUNDS);
        for (size_t k = 0; k < ROOF_MOST_FLOATS; k++) {
            double want = 1 + (double)k;
            for (int r = 0; r < ROUNDS && k < isa->n_fma; r++)
                want = want * 0.75 + 2;
            if (fabs((double)acc[k] - want) > 1e-5 * want)
                fail_msg("%s: sum %zu is %g, not %g", isa->variant, k, (double)acc[k], want);
        }
    }
}

static void dot_products_of_int8_are_those_of_plain_c(void **state)
{
    (void)state;
    enum { ROUNDS = 13 };
    for (size_t i = 0; i < roof_n_isas; i++) {
        const struct roof_isa *isa = roof_isas[i];
        int32_t acc[ROOF_MOST_FLOATS];
        uint8_t a[64];
        int8_t b[64];
        if (!usable(isa) || !isa->dot)
            continue;
        assert_in_range(isa->n_dot, 1, ROOF_MOST_FLOATS);
        for (int k = 0; k < 64; k++) {
            a[k] = (uint8_t)(k * 37 % 128);
            b[k] = (int8_t)(k * 91 % 255 - 127);
        }
        for (int k = 0; k < ROOF_MOST_FLOATS; k++)
            acc[k] = k - 7;
        isa->dot(acc, a, b, ROUNDS);
        for (size_t k = 0; k < ROOF_MOST_FLOATS; k++) {
            int32_t want = (int32_t)k - 7;
            for (size_t j = 0, at = k % (isa->dot_bytes / 4) * 4; j < 4 && k < isa->n_dot; j++)
                want += ROUNDS * a[at + j] * b[at + j];
            if (acc[k] != want)
                fail_msg("%s: sum %zu is %d, not %d", isa->variant, k, acc[k], want);
        }
    }
}

static void a_level_is_what_the_caches_before_it_cannot_hold(void **state)
{
    (void)state;
    enum { K = 1 << 10, M = 1 << 20 };
    static const struct {
        const char *of;
        struct roof_cache caches[3];
        size_t memory, want[ROOF_LEVELS];
    } cases[] = {
        { "a server with a large L3",
          { { 48 * K, 1 }, { 2 * M, 1 }, { 260 * M, 1 } },
          (size_t)24 << 30,
          { 24 * K, 192 * K, 8 * M, 520 * M } },
        { "two of its cores",
          { { 48 * K, 2 }, { 2 * M, 2 }, { 260 * M, 1 } },
          (size_t)24 << 30,
          { 48 * K, 384 * K, 16 * M, 520 * M } },
        { "little memory",
          { { 48 * K, 1 }, { 2 * M, 1 }, { 260 * M, 1 } },
          (size_t)1 << 30,
          { 24 * K, 192 * K, 8 * M, 128 * M } },
        { "an L3 of three L2",
          { { 32 * K, 4 }, { M, 4 }, { 12 * M, 1 } },
          (size_t)8 << 30,
          { 64 * K, 512 * K, 9 * M, 24 * M } },
        { "an L3 that adds nothing",
          { { 32 * K, 8 }, { M, 8 }, { 8 * M, 1 } },
          (size_t)8 << 30,
          { 128 * K, M, 0, 16 * M } },
        { "no L3", { { 32 * K, 1 }, { M, 1 }, { 0, 0 } }, (size_t)8 << 30, { 16 * K, 128 * K, 0, 2 * M } },
        { "nothing known", { { 0, 0 }, { 0, 0 }, { 0, 0 } }, (size_t)8 << 30, { 16 * K, 0, 0, 64 * M } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct roof_level levels[ROOF_LEVELS];
        roof_levels(levels, cases[i].caches, cases[i].memory);
        for (int k = 0; k < ROOF_LEVELS; k++)
            if (levels[k].bytes != cases[i].want[k])
                fail_msg("%s: %s is met with %zu bytes, not %zu", cases[i].of, levels[k].name, levels[k].bytes,
                         cases[i].want[k]);
    }
}

static void put(const char *root, int cpu, int index, const char *const text[4])
{
    static const char *const names[] = { "level", "type", "size", "shared_cpu_list" };
    char path[256];
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "mkdir -p %s/sys/devices/system/cpu/cpu%d/cache/index%d", root, cpu, index);
        assert_int_equal(system(path), 0);
        snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%d/cache/index%d/%s", root, cpu, index, names[i]);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fprintf(f, "%s\n", text[i]);
        fclose(f);
    }
}

/* Four CPUs, two to a core: L1 and L2 a core, L3 for all. */
static void caches_that_threads_share_count_once(void **state)
{
    (void)state;
    char root[] = "/tmp/tare-roofs-XXXXXX", line[64];
    assert_non_null(mkdtemp(root));
    for (int cpu = 0; cpu < 4; cpu++) {
        const char *core = cpu % 2 ? "1,3" : "0,2";
        put(root, cpu, 0, (const char *const[]){ "1", "Data", "48K", core });
        put(root, cpu, 1, (const char *const[]){ "1", "Instruction", "32K", core });
        put(root, cpu, 2, (const char *const[]){ "2", "Unified", "2048K", core });
        put(root, cpu, 3, (const char *const[]){ "3", "Unified", "64M", "0-3" });
    }
    static const struct {
        int n, cpus[4];
        size_t l1, l2, l3;
    } cases[] = {
        { 1, { 2 }, 1, 1, 1 }, { 2, { 0, 1 }, 2, 2, 1 }, { 2, { 0, 2 }, 1, 1, 1 }, { 4, { 3, 2, 1, 0 }, 2, 2, 1 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct roof_cache caches[3];
        roof_caches(caches, root, cases[i].cpus, cases[i].n);
        assert_int_equal(caches[0].bytes, 48 << 10);
        assert_int_equal(caches[0].count, cases[i].l1);
        assert_int_equal(caches[1].bytes, 2048 << 10);
        assert_int_equal(caches[1].count, cases[i].l2);
        assert_int_equal(caches[2].bytes, 64 << 20);
        assert_int_equal(caches[2].count, cases[i].l3);
    }
    snprintf(line, sizeof line, "rm -rf %s", root);
    assert_int_equal(system(line), 0);
}

static void an_iteration_walks_through_whole_parts_or_part_of_one(void **state)
{
    (void)state;
    static const size_t bytes[] = {
        4096, 24576, 100000, 192 << 10, 384 << 10, 8 << 20, 24 << 20, 520 << 20, 521234567
    };
    for (enum roof_op op = ROOF_READ; op < ROOF_OPS; op++)
        for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
            for (uint32_t n = 1; n <= 3; n++) {
                struct roof r = { .isa = roof_isas[0], .op = op, .bytes = bytes[i], .n_threads = n };
                size_t part = roof_part(&r), stretch = roof_stretch(&r);
                size_t arrays = op == ROOF_ADD ? 3 : op == ROOF_COPY ? 2 : 1;
                assert_true(part >= ROOF_GRAIN && part % ROOF_GRAIN == 0);
                assert_true(stretch % part == 0 || part % stretch == 0);
                double moved = (roof_work(&r).bytes_read + roof_work(&r).bytes_written) / n;
                if (moved > 64 << 20) /* beyond some tenths of a millisecond hardly a sample is undisturbed */
                    fail_msg("op %d, %zu bytes, %u threads: an iteration moves %g a thread", (int)op, bytes[i], n,
                             moved);
                assert_true(part == ROOF_GRAIN || part * n * arrays <= bytes[i]);
            }
}

/* What is written may leave no trace in a cache: then what is read must be too large for it by itself. */
static void of_memory_enough_is_read_whatever_is_written(void **state)
{
    (void)state;
    enum { DRAM = 512 * 1024 * 1024 };
    static const size_t read[ROOF_OPS] = { [ROOF_READ] = 1, [ROOF_ADD] = 2, [ROOF_COPY] = 1 };
    for (enum roof_op op = ROOF_READ; op < ROOF_FILL; op++) {
        struct roof r = { .isa = roof_isas[0], .op = op, .bytes = DRAM, .in_memory = true, .n_threads = 2 };
        assert_true(roof_part(&r) * 2 * read[op] >= DRAM - 32 * 1024 * 1024);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(of_memory_enough_is_read_whatever_is_written),
    cmocka_unit_test(every_walk_reads_and_writes_what_it_says),
    cmocka_unit_test(multiply_adds_are_those_of_plain_c),
    cmocka_unit_test(dot_products_of_int8_are_those_of_plain_c),
    cmocka_unit_test(a_level_is_what_the_caches_before_it_cannot_hold),
    cmocka_unit_test(caches_that_threads_share_count_once),
    cmocka_unit_test(an_iteration_walks_through_whole_parts_or_part_of_one),
};

TARE_TEST_MAIN(tests)
