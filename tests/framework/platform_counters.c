/* Counters: encodings of processors that are not here, formulas on made-up counts, groups on this machine. */
#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/platform/counters/counters.h"
#include "tests/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- top-down ---- */

static void shares_of_slots_follow_the_formula_of_each_kind(void **state)
{
    (void)state;
    static const struct {
        enum tare_topdown_kind kind;
        double counts[5];
        struct tare_topdown wanted; /* frontend, bad speculation, retiring, backend */
    } cases[] = {
        /* 1,000 cycles of 4 slots: 800 not delivered, 2,000 retired, 100 issued for nothing, 25 cycles of recovery */
        { TARE_TOPDOWN_SKYLAKE, { 1000, 800, 2000, 2100, 25 }, { 0.2, 0.05, 0.5, 0.25 } },
        { TARE_TOPDOWN_SKYLAKE, { 1000, 0, 4000, 4000, 0 }, { 0, 0, 1, 0 } },
        { TARE_TOPDOWN_SKYLAKE,
          { 1000, 0, 2000, 1990, 0 },
          { 0, 0, 0.5, 0.5 } }, /* read a moment apart: never below 0 */
        { TARE_TOPDOWN_SLOTS, { 6000, 3000, 600, 900, 1500 }, { 0.15, 0.1, 0.5, 0.25 } },
        { TARE_TOPDOWN_SLOTS, { 1, 300, 60, 90, 150 }, { 0.15, 0.1, 0.5, 0.25 } }, /* slots themselves do not matter */
        /* 1,000 cycles of 6 slots: 600 without ops, 3,300 dispatched, 3,000 retired */
        { TARE_TOPDOWN_ZEN4, { 1000, 600, 3300, 3000 }, { 0.1, 0.05, 0.5, 0.35 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_topdown t;
        const struct tare_topdown *w = &cases[i].wanted;
        assert_true(tare_topdown_compute(&t, cases[i].kind, cases[i].counts));
        if (fabs(t.frontend - w->frontend) > 1e-12 || fabs(t.bad_speculation - w->bad_speculation) > 1e-12 ||
            fabs(t.retiring - w->retiring) > 1e-12 || fabs(t.backend - w->backend) > 1e-12)
            fail_msg("case %zu: %g %g %g %g", i, t.frontend, t.bad_speculation, t.retiring, t.backend);
        assert_true(fabs(t.frontend + t.bad_speculation + t.retiring + t.backend - 1) < 1e-12);
    }
}

static void without_all_counts_there_is_no_top_down(void **state)
{
    (void)state;
    static const struct {
        enum tare_topdown_kind kind;
        double counts[5];
    } cases[] = {
        { TARE_TOPDOWN_NONE, { 1, 1, 1, 1, 1 } },         { TARE_TOPDOWN_SKYLAKE, { 0, 0, 0, 0, 0 } },
        { TARE_TOPDOWN_SKYLAKE, { 1000, 1, 1, 1, NAN } }, { TARE_TOPDOWN_SLOTS, { 1000, 0, 0, 0, 0 } },
        { TARE_TOPDOWN_ZEN4, { NAN, 1, 1, 1, 1 } },       { TARE_TOPDOWN_ZEN4, { INFINITY, 1, 1, 1, 1 } },
    };
    struct tare_topdown t;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_false(tare_topdown_compute(&t, cases[i].kind, cases[i].counts));
}

/* ---- reading ---- */

static void counts_are_scaled_by_the_time_they_had_a_counter(void **state)
{
    (void)state;
    static const struct {
        uint64_t answer[5]; /* how many, enabled, running, values */
        bool counted;
        double coverage, values[2];
    } cases[] = {
        { { 2, 1000, 1000, 7, 9 }, true, 1, { 7, 9 } },
        { { 2, 1000, 250, 7, 9 }, true, 0.25, { 28, 36 } },
        { { 1, 1000, 500, 7, 9 }, true, 0.5, { 14, NAN } }, /* the group has one member */
        { { 2, 1000, 0, 0, 0 }, false, 0, { NAN, NAN } },   /* never scheduled: not 0 */
        { { 2, 0, 0, 0, 0 }, false, 0, { NAN, NAN } },
        { { 2, 3, 3, UINT64_C(1) << 60, 0 }, true, 1, { 0x1p60, 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double values[2], coverage;
        assert_int_equal(tare_counters_scale(values, &coverage, cases[i].answer, 2), cases[i].counted);
        assert_true(coverage == cases[i].coverage);
        for (size_t k = 0; k < 2; k++)
            assert_true(isnan(cases[i].values[k]) ? isnan(values[k]) : values[k] == cases[i].values[k]);
    }
}

/* ---- encoding ---- */

static void the_kernels_own_events_are_read_from_its_files(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text;
    } files[] = {
        { "cpu/type", "4\n" },
        { "cpu/format/event", "config:0-7\n" },
        { "cpu/format/umask", "config:8-15\n" },
        { "cpu/format/edge", "config:18\n" },
        { "cpu/format/ldlat", "config1:0-15\n" },
        { "cpu/events/slots", "event=0x00,umask=0x4\n" },
        { "cpu/events/topdown-bad-spec", "event=0x00,umask=0x81\n" },
        { "cpu/events/odd", "event=0xcd,umask=0x1,edge,ldlat=3\n" },
        { "cpu/events/unknown", "event=0x1,cmask=2\n" },
        { "amd/type", "12\n" },
        { "amd/format/event", "config:0-7,32-35\n" },
        { "amd/events/wide", "event=0x1a0\n" },
        { "bad/type", "12\n" },
        { "bad/format/event", "config:7-99\n" },
        { "bad/format/other", "registers:1\n" },
        { "bad/events/range", "event=1\n" },
        { "bad/events/place", "other=1\n" },
    };
    static const struct {
        const char *name;
        int rc;
        uint32_t type;
        uint64_t config, config1;
    } cases[] = {
        { "cpu/slots/", 0, 4, 0x400, 0 },           { "cpu/topdown-bad-spec/", 0, 4, 0x8100, 0 },
        { "cpu/odd/", 0, 4, 0x401cd, 3 },           { "amd/wide/", 0, 12, 0x1000000a0, 0 },
        { "cpu/absent/", TARE_EUNSUP, 0, 0, 0 },    { "cpu/unknown/", TARE_EUNSUP, 0, 0, 0 },
        { "nowhere/slots/", TARE_EUNSUP, 0, 0, 0 }, { "bad/range/", TARE_EUNSUP, 0, 0, 0 },
        { "bad/place/", TARE_EUNSUP, 0, 0, 0 },     { "slots", TARE_EUSAGE, 0, 0, 0 },
    };
    char root[] = "/tmp/tare-counters-XXXXXX", path[256];
    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/sys/bus/event_source/devices/%s", root, files[i].path);
        char *slash = strrchr(path, '/');
        *slash = '\0';
        assert_int_equal(tare_dir_make(path), 0);
        *slash = '/';
        assert_int_equal(tare_file_write(path, files[i].text, strlen(files[i].text)), 0);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_event e;
        int rc = tare_kernel_encode(&e, cases[i].name, root);
        if (rc != cases[i].rc ||
            (rc == 0 && (e.type != cases[i].type || e.config != cases[i].config || e.config1 != cases[i].config1)))
            fail_msg("%s: %d, type %u, config %#llx, %#llx", cases[i].name, rc, e.type, (unsigned long long)e.config,
                     (unsigned long long)e.config1);
    }
    assert_int_equal(tare_dir_remove(root), 0);
}

static void software_events_are_known_everywhere(void **state)
{
    (void)state;
    static const char *const names[] = { "task-clock", "page-faults", "context-switches", "cpu-migrations" };
    struct tare_event e;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(tare_software_encode(&e, names[i]), 0);
        assert_int_equal(e.type, 1); /* PERF_TYPE_SOFTWARE */
    }
    assert_int_equal(tare_software_encode(&e, "cycles"), TARE_EUNSUP);
}

enum { NO_PFM = 77 };

static bool has_pfm(void)
{
    struct tare_event e;
    return tare_pfm_encode(&e, "perf::CYCLES") == 0 || !strstr(tare_error(), "without libpfm4");
}

/* libpfm4 reads its environment once a process: each check has its own. Returns what `check` does. */
static int in_child(const char *variable, const char *value, int (*check)(const void *what), const void *what)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv(variable, value, 1);
        setenv("LIBPFM_ENCODE_INACTIVE", "1", 1);
        _exit(has_pfm() ? check(what) : NO_PFM);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

struct encoding {
    const char *name;
    uint32_t type;
    uint64_t config;
};

static int check_encoding(const void *what)
{
    const struct encoding *x = what;
    struct tare_event e;
    return tare_pfm_encode(&e, x->name) != 0 ? 1 : e.type == x->type && e.config == x->config ? 0 : 2;
}

static void events_of_absent_processors_are_encoded(void **state)
{
    (void)state;
    /* Codes: Intel SDM volume 3B, chapter 20 (event, mask << 8); AMD PPR of family 19h. */
    static const struct encoding cases[] = {
        { "skx::IDQ_UOPS_NOT_DELIVERED:CORE", 4, 0x019c },
        { "skx::UOPS_RETIRED:RETIRE_SLOTS", 4, 0x02c2 },
        { "clx::UOPS_ISSUED:ANY", 4, 0x010e },
        { "clx::INT_MISC:RECOVERY_CYCLES", 4, 0x010d },
        { "skl::UNHALTED_CORE_CYCLES", 4, 0x3c },
        { "amd64_fam19h_zen4::CYCLES_NOT_IN_HALT", 4, 0x76 },
        { "amd64_fam19h_zen4::RETIRED_OPS", 4, 0xc1 },
        { "perf_raw::r1000001a0", 4, 0x1000001a0 },
        { "perf_raw::r7aa", 4, 0x7aa },
        { "perf::CYCLES", 0, 0 },
        { "perf::BRANCH-MISSES", 0, 5 },
        { "perf::L1-DCACHE-LOAD-MISSES", 3, 0x10000 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int rc = in_child("LIBPFM_ENCODE_INACTIVE", "1", check_encoding, &cases[i]);
        if (rc == NO_PFM)
            skip();
        if (rc != 0)
            fail_msg("%s: %s", cases[i].name, rc == 1 ? "not known" : "another code");
    }
}

struct choice {
    const char *pmu;
    enum tare_topdown_kind kind;
};

static int check_choice(const void *what)
{
    const struct choice *x = what;
    struct tare_counter_group groups[TARE_MOST_GROUPS];
    size_t n = tare_counters_choose(groups, "/nowhere"), found = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < groups[i].n; k++) {
            if (!groups[i].items[k].encoded)
                return 1;
            found += groups[i].topdown == x->kind && k == 0;
        }
    return tare_pfm_present(x->pmu) && found == 1 ? 0 : 2;
}

static void a_processor_gets_the_top_down_events_it_has(void **state)
{
    (void)state;
    static const struct choice cases[] = {
        { "skl", TARE_TOPDOWN_SKYLAKE },
        { "skx", TARE_TOPDOWN_SKYLAKE },
        { "clx", TARE_TOPDOWN_SKYLAKE },
        { "amd64_fam19h_zen4", TARE_TOPDOWN_ZEN4 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int rc = in_child("LIBPFM_FORCE_PMU", cases[i].pmu, check_choice, &cases[i]);
        if (rc == NO_PFM)
            skip();
        if (rc != 0)
            fail_msg("%s: %s", cases[i].pmu, rc == 1 ? "an event is not known" : "its top-down group is missing");
    }
}

/* ---- on this machine ---- */

static void what_the_kernel_counts_itself_is_counted_here(void **state)
{
    (void)state;
    struct tare_counter_group groups[TARE_MOST_GROUPS];
    size_t n = tare_counters_choose(groups, "");
    assert_true(n >= 1);
    struct tare_counter_group *g = &groups[0];
    assert_string_equal(g->items[0].name, "task-clock");
    if (!tare_counters_open(g)) {
        print_message("%s\n", g->items[0].why_not);
        skip();
    }
    const size_t bytes = 64 << 12;
    tare_counters_start(g);
    volatile char *fresh = malloc(bytes); /* touched page by page */
    for (size_t i = 0; fresh && i < bytes; i += 4096)
        fresh[i] = 1;
    tare_counters_stop(g);
    free((void *)fresh);
    tare_counters_close(g);
    assert_true(g->items[0].value > 0);
    assert_true(g->coverage > 0 && g->coverage <= 1);
    for (size_t i = 0; i < g->n; i++)
        assert_true(isfinite(g->items[i].value) ? g->items[i].value >= 0 : g->items[i].why_not[0] != '\0');
}

static void an_event_that_is_not_counted_says_why(void **state)
{
    (void)state;
    struct tare_counter_group groups[TARE_MOST_GROUPS];
    size_t n = tare_counters_choose(groups, "");
    for (size_t i = 0; i < n; i++) {
        tare_counters_open(&groups[i]);
        if (groups[i].leader >= 0)
            tare_counters_start(&groups[i]);
        tare_counters_close(&groups[i]);
        for (size_t k = 0; k < groups[i].n; k++) {
            const struct tare_counter *c = &groups[i].items[k];
            assert_int_equal(c->fd, -1);
            if (isnan(c->value) != (c->why_not[0] != '\0'))
                fail_msg("%s: %g, '%s'", c->name, c->value, c->why_not);
        }
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(shares_of_slots_follow_the_formula_of_each_kind),
    cmocka_unit_test(without_all_counts_there_is_no_top_down),
    cmocka_unit_test(counts_are_scaled_by_the_time_they_had_a_counter),
    cmocka_unit_test(the_kernels_own_events_are_read_from_its_files),
    cmocka_unit_test(software_events_are_known_everywhere),
    cmocka_unit_test(events_of_absent_processors_are_encoded),
    cmocka_unit_test(a_processor_gets_the_top_down_events_it_has),
    cmocka_unit_test(what_the_kernel_counts_itself_is_counted_here),
    cmocka_unit_test(an_event_that_is_not_counted_says_why),
};

TARE_TEST_MAIN(tests)
