#include "framework/runner/crew.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "framework/base/error.h"
#include "framework/base/rng.h"
#include "framework/platform/topology.h"
#include "framework/suite/load.h"

enum message_type {
    ASK_LIST = 1,
    ASK_VISIT,
    ASK_DIVE,
    SAY_SUITE,
    SAY_CASE,
    SAY_LISTED,
    SAY_ALIVE,
    SAY_VISITED,
    SAY_DIVED,
    SAY_FAILED
};

/* ---- in the worker ---- */

struct hand {
    int fd;
    const struct suite_files *files;
    const struct bench_setting *setting;
    struct tare_suite_handle *handles; /* [files->n], loaded when first needed */
    bool *loaded;
    struct tare_lab *lab;
    struct tare_gauges *gauges; /* made when first needed */
    uint64_t last_alive;        /* ticks of the system clock */
    struct tare_rng rng;
};

static void say_failed(struct hand *h, int code)
{
    struct tare_buf b = { 0 };
    tare_put(&b, &code, sizeof code);
    tare_put_text(&b, tare_error());
    tare_message_send(h->fd, SAY_FAILED, &b);
    tare_buf_free(&b);
}

/* Leaves a random gap of pages, so that the distance between two builds is another in every worker: what a distance
 * does (to a branch predictor, say) then varies from round to round instead of passing for work. */
static void leave_gap(struct hand *h)
{
    size_t pages = 1 + tare_rng_below(&h->rng, 512);
    mmap(NULL, pages * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0); /* for good */
}

static int load(struct hand *h, size_t file)
{
    if (h->loaded[file])
        return 0;
    leave_gap(h);
    const struct suite_file *f = &h->files->items[file];
    const struct tare_suite_options o = {
        .n_threads = h->setting->n_threads,
        .cpus = h->setting->n_cpus ? h->setting->cpus : NULL,
        .cpu_mask = h->setting->cpu_mask,
    };
    int rc = tare_suite_load(&h->handles[file], f->load_path, f->path, &o);
    h->loaded[file] = rc == 0;
    return rc;
}

static void put_case(struct tare_buf *b, const struct tare_suite_handle *s, size_t i)
{
    const struct tare_case *c = &s->cases[i];
    uint32_t n_params = (uint32_t)c->n_params;
    tare_put_text(b, s->ids[i]);
    tare_put_text(b, c->group);
    tare_put_text(b, c->variant);
    tare_put(b, &c->flags, sizeof c->flags);
    tare_put(b, &c->work, sizeof c->work);
    tare_put_text(b, c->item_unit);
    tare_put(b, &c->peak, sizeof c->peak);
    tare_put(b, &c->n_threads, sizeof c->n_threads);
    tare_put(b, &c->working_set, sizeof c->working_set);
    tare_put(b, &c->value, sizeof c->value);
    tare_put(b, &n_params, sizeof n_params);
    for (size_t p = 0; p < c->n_params; p++) {
        char number[32];
        snprintf(number, sizeof number, "%lld", (long long)c->params[p].num);
        tare_put_text(b, c->params[p].name);
        tare_put_text(b, c->params[p].text ? c->params[p].text : number);
    }
}

static int serve_list(struct hand *h, struct tare_message *m)
{
    uint64_t file;
    tare_get(m, &file, sizeof file);
    int rc = load(h, file);
    if (rc != 0)
        return rc;
    const struct tare_suite_handle *s = &h->handles[file];
    struct tare_buf b = { 0 };
    tare_put_text(&b, s->suite.name);
    tare_put_text(&b, s->suite.compiler);
    tare_put_text(&b, s->suite.options);
    tare_put(&b, &s->suite.flags, sizeof s->suite.flags);
    rc = tare_message_send(h->fd, SAY_SUITE, &b);
    for (size_t i = 0; i < s->n && rc == 0; i++) {
        b.len = 0;
        put_case(&b, s, i);
        rc = tare_message_send(h->fd, SAY_CASE, &b);
    }
    tare_buf_free(&b);
    return rc == 0 ? tare_message_send(h->fd, SAY_LISTED, NULL) : rc;
}

static void say_alive(void *ctx)
{
    struct hand *h = ctx;
    uint64_t now = tare_clock_system();
    if (now - h->last_alive < 100000000u)
        return;
    h->last_alive = now;
    tare_message_send(h->fd, SAY_ALIVE, NULL);
}

static int say_visited(struct hand *h, const struct tare_visit *v)
{
    struct tare_buf b = { 0 };
    uint64_t n = v->n;
    tare_put(&b, v, sizeof *v);
    tare_put(&b, &n, sizeof n);
    tare_put(&b, v->readings, v->n * sizeof *v->readings);
    int rc = tare_message_send(h->fd, SAY_VISITED, &b);
    tare_buf_free(&b);
    return rc;
}

static int serve_visit(struct hand *h, struct tare_message *m)
{
    struct tare_visit_plan plan;
    struct crew_arm arms[TARE_MAX_ARMS];
    const struct tare_case *cases[TARE_MAX_ARMS];
    struct tare_visit v = { 0 };
    uint64_t n_arms;
    tare_get(m, &plan, sizeof plan);
    tare_get(m, &n_arms, sizeof n_arms);
    if (n_arms > TARE_MAX_ARMS)
        return tare_fail(TARE_EUSAGE, "too many builds to take turns");
    tare_get(m, arms, n_arms * sizeof *arms);
    plan.alive = say_alive;
    plan.ctx = h;
    if (n_arms > 1 && !h->gauges)
        tare_gauges_create(&h->gauges, tare_clock_get()); /* without them the states are not told apart */
    plan.gauges = h->gauges;
    int rc = 0;
    /* Which build is loaded first changes from worker to worker, so that a lucky address favours none for long. */
    for (size_t i = 0; i < n_arms && rc == 0; i++)
        rc = load(h, arms[(i + plan.seed) % n_arms].file);
    for (size_t i = 0; i < n_arms && rc == 0; i++)
        cases[i] = &h->handles[arms[i].file].cases[arms[i].index];
    if (rc == 0)
        rc = tare_visit_run(&v, h->lab, cases, n_arms, &plan);
    if (rc == 0)
        rc = say_visited(h, &v);
    tare_visit_free(&v);
    return rc;
}

static int say_dived(struct hand *h, const struct tare_spots *s, const struct tare_counts *counts)
{
    struct tare_buf b = { 0 };
    tare_put(&b, s, sizeof *s);
    for (size_t i = 0; i < s->n_objects; i++)
        tare_put_text(&b, s->objects[i]);
    tare_put(&b, s->items, s->n * sizeof *s->items);
    tare_put(&b, counts, sizeof *counts);
    int rc = tare_message_send(h->fd, SAY_DIVED, &b);
    tare_buf_free(&b);
    return rc;
}

static int serve_dive(struct hand *h, struct tare_message *m)
{
    struct tare_dive_plan plan;
    struct crew_arm arm;
    struct tare_spots spots = { 0 };
    struct tare_counts counts;
    tare_get(m, &plan, sizeof plan);
    tare_get(m, &arm, sizeof arm);
    plan.alive = say_alive;
    plan.ctx = h;
    int rc = load(h, arm.file);
    if (rc == 0)
        rc = tare_dive_run(&spots, &counts, h->lab, &h->handles[arm.file].cases[arm.index], &plan);
    if (rc == 0)
        rc = say_dived(h, &spots, &counts);
    tare_spots_free(&spots);
    return rc;
}

/* What is asked for, and who does it. */
static int answer(struct hand *h, struct tare_message *m)
{
    static int (*const serves[])(struct hand *, struct tare_message *) = {
        [ASK_LIST] = serve_list,
        [ASK_VISIT] = serve_visit,
        [ASK_DIVE] = serve_dive,
    };
    if (m->type < ASK_LIST || m->type > ASK_DIVE)
        return tare_fail(TARE_EUSAGE, "a worker was asked for something unknown");
    return serves[m->type](h, m);
}

static void serve(int fd, void *ctx)
{
    const struct crew *c = ctx;
    struct hand h = { .fd = fd, .files = c->files, .setting = c->setting };
    const struct tare_lab_options o = {
        .n_threads = c->setting->n_threads,
        .cpus = c->setting->n_cpus ? c->setting->cpus : NULL,
        .cpu_mask = c->setting->cpu_mask,
    };
    h.handles = calloc(c->files->n, sizeof *h.handles);
    h.loaded = calloc(c->files->n, sizeof *h.loaded);
    if (!h.handles || !h.loaded || tare_lab_create(&h.lab, &o) != 0)
        return;
    tare_rng_seed(&h.rng, tare_rng_fresh_seed());
    int bound = c->setting->n_cpus ? tare_bind_cpu(c->setting->cpus[0]) : 0;
    struct tare_message m;
    while (tare_message_receive(&m, fd, -1, NULL) == 0) {
        int rc = bound;
        if (rc == 0)
            rc = answer(&h, &m);
        if (rc != 0)
            say_failed(&h, rc);
        tare_message_free(&m);
    }
    /* The process ends here; the system takes back what it holds. */
}

/* ---- in the runner ---- */

static int ask(struct crew *c, uint32_t type, struct tare_buf *b)
{
    int rc = 0;
    if (c->worker.pid <= 0)
        rc = tare_worker_start(&c->worker, serve, c);
    if (rc == 0)
        rc = tare_message_send(c->worker.fd, type, b);
    tare_buf_free(b);
    return rc == TARE_ECRASH ? tare_worker_bury(&c->worker, 0) : rc;
}

/* The next message that is not a sign of life. A SAY_FAILED becomes the error it carries. */
static int hear(struct crew *c, struct tare_message *m)
{
    double timeout_s = c->setting->timeout_s;
    for (;;) {
        int rc = tare_message_receive(m, c->worker.fd, (int)(timeout_s * 1000), c->stop);
        if (rc == TARE_ECRASH || rc == TARE_EBUSY)
            return tare_worker_bury(&c->worker, rc == TARE_EBUSY ? timeout_s : 0);
        if (rc == TARE_ESTOP)
            crew_dismiss(c);
        if (rc != 0)
            return rc;
        if (m->type == SAY_FAILED) {
            int code;
            tare_get(m, &code, sizeof code);
            char *text = tare_get_text(m);
            tare_fail(code, "%s", text ? text : "");
            free(text);
            tare_message_free(m);
            return code;
        }
        if (m->type != SAY_ALIVE)
            return 0;
        tare_message_free(m);
    }
}

/* A peak that this runner does not know is as good as none. */
static void get_demand(struct tare_message *m, struct tare_work_done *work)
{
    static const enum tare_arithmetic kinds[] = {
        [TARE_PEAK_F32] = TARE_ARITHMETIC_F32, [TARE_PEAK_INT8] = TARE_ARITHMETIC_INT8
    };
    uint32_t peak = 0, n_threads = 0;
    tare_get(m, &peak, sizeof peak);
    tare_get(m, &n_threads, sizeof n_threads);
    tare_get(m, &work->working_set, sizeof work->working_set);
    work->arithmetic = peak < sizeof kinds / sizeof *kinds ? kinds[peak] : TARE_ARITHMETIC_NONE;
    work->n_threads = n_threads < INT32_MAX ? (int)n_threads : 0;
}

/* What a case told is no time that its work could be held against. Loading refused the unknown. */
static void get_quantity(struct tare_message *m, struct listed_case *lc)
{
    static const enum tare_quantity quantities[] = {
        [TARE_VALUE_TIME] = TARE_QUANTITY_TIME,
        [TARE_VALUE_NS] = TARE_QUANTITY_NS,
        [TARE_VALUE_BYTES] = TARE_QUANTITY_BYTES,
        [TARE_VALUE_RATIO] = TARE_QUANTITY_RATIO,
    };
    uint32_t value = 0;
    tare_get(m, &value, sizeof value);
    lc->quantity = value < sizeof quantities / sizeof *quantities ? quantities[value] : TARE_QUANTITY_TIME;
    if (lc->quantity != TARE_QUANTITY_TIME)
        lc->work.flops = lc->work.bytes_read = lc->work.bytes_written = lc->work.items = 0;
}

static int get_case(struct tare_message *m, struct suite_file *out)
{
    if (tare_grow(&out->cases, &out->capacity, out->n_cases + 1, sizeof *out->cases) != 0)
        return TARE_ENOMEM;
    struct listed_case *lc = &out->cases[out->n_cases++];
    struct tare_work work;
    uint32_t flags, n_params;
    *lc = (struct listed_case){ 0 };
    lc->id = tare_get_text(m);
    lc->group = tare_get_text(m);
    lc->variant = tare_get_text(m);
    tare_get(m, &flags, sizeof flags);
    tare_get(m, &work, sizeof work);
    lc->work = (struct tare_work_done){ .flops = work.flops,
                                        .bytes_read = work.bytes_read,
                                        .bytes_written = work.bytes_written,
                                        .items = work.items,
                                        .item_unit = tare_get_text(m) };
    lc->core = flags & TARE_CASE_CORE;
    lc->counted = flags & TARE_CASE_COUNTED;
    get_demand(m, &lc->work);
    get_quantity(m, lc);
    lc->work.cold = flags & TARE_CASE_COLD;
    tare_get(m, &n_params, sizeof n_params);
    lc->params = tare_calloc(n_params + 1u, sizeof *lc->params);
    if (!lc->params)
        return TARE_ENOMEM;
    for (; lc->n_params < n_params; lc->n_params++) {
        lc->params[lc->n_params].name = tare_get_text(m);
        lc->params[lc->n_params].text = tare_get_text(m);
    }
    return tare_get_ok(m) ? 0 : tare_fail(TARE_ECRASH, "%s: its worker sent half a case", out->path);
}

int crew_list(struct crew *c, size_t file, struct suite_file *out)
{
    struct tare_buf b = { 0 };
    struct tare_message m;
    uint64_t index = file;
    tare_put(&b, &index, sizeof index);
    int rc = ask(c, ASK_LIST, &b);
    for (bool more = true; more && rc == 0;) {
        rc = hear(c, &m);
        if (rc != 0)
            break;
        if (m.type == SAY_SUITE) {
            out->build.suite = tare_get_text(&m);
            out->build.compiler = tare_get_text(&m);
            out->build.options = tare_get_text(&m);
            tare_get(&m, &out->build.flags, sizeof out->build.flags);
        } else if (m.type == SAY_CASE) {
            rc = get_case(&m, out);
        }
        more = m.type != SAY_LISTED;
        tare_message_free(&m);
    }
    return rc;
}

static int get_visit(struct tare_visit *v, struct tare_message *m)
{
    uint64_t n;
    tare_get(m, v, sizeof *v);
    tare_get(m, &n, sizeof n);
    v->readings = NULL;
    v->answer.what[sizeof v->answer.what - 1] = '\0';
    v->n = v->capacity = 0;
    if (!tare_get_ok(m) || n > m->data.len / sizeof *v->readings)
        return tare_fail(TARE_ECRASH, "its worker sent half a result");
    v->readings = tare_calloc(n + 1, sizeof *v->readings);
    if (!v->readings)
        return TARE_ENOMEM;
    tare_get(m, v->readings, n * sizeof *v->readings);
    v->n = v->capacity = n;
    return 0;
}

int crew_visit(struct crew *c, struct tare_visit *v, const struct crew_arm *arms, size_t n_arms,
               const struct tare_visit_plan *plan)
{
    struct tare_buf b = { 0 };
    struct tare_message m;
    uint64_t n = n_arms;
    *v = (struct tare_visit){ 0 };
    tare_put(&b, plan, sizeof *plan);
    tare_put(&b, &n, sizeof n);
    tare_put(&b, arms, n_arms * sizeof *arms);
    int rc = ask(c, ASK_VISIT, &b);
    if (rc == 0)
        rc = hear(c, &m);
    if (rc != 0)
        return rc;
    rc = get_visit(v, &m);
    tare_message_free(&m);
    return rc;
}

static int get_dive(struct tare_spots *s, struct tare_counts *counts, struct tare_message *m)
{
    struct tare_spots sent;
    tare_get(m, &sent, sizeof sent);
    *s = sent;
    s->objects = NULL;
    s->items = NULL;
    s->n = s->n_objects = s->capacity = s->objects_capacity = 0;
    s->why_not[sizeof s->why_not - 1] = '\0';
    if (!tare_get_ok(m) || sent.n > m->data.len / sizeof *s->items || sent.n_objects > m->data.len)
        return tare_fail(TARE_ECRASH, "its worker sent half a result");
    s->items = tare_calloc(sent.n + 1, sizeof *s->items);
    s->objects = tare_calloc(sent.n_objects + 1, sizeof *s->objects);
    if (!s->items || !s->objects)
        return TARE_ENOMEM;
    for (; s->n_objects < sent.n_objects; s->n_objects++) {
        s->objects[s->n_objects] = tare_get_text(m);
        if (!s->objects[s->n_objects])
            return tare_fail(TARE_ECRASH, "its worker sent half a result");
    }
    tare_get(m, s->items, sent.n * sizeof *s->items);
    s->n = sent.n;
    tare_get(m, counts, sizeof *counts);
    counts->n = counts->n < TARE_MOST_COUNTS ? counts->n : TARE_MOST_COUNTS;
    return tare_get_ok(m) ? 0 : tare_fail(TARE_ECRASH, "its worker sent half a result");
}

int crew_dive(struct crew *c, struct tare_spots *spots, struct tare_counts *counts, struct crew_arm arm,
              const struct tare_dive_plan *plan)
{
    struct tare_buf b = { 0 };
    struct tare_message m;
    *spots = (struct tare_spots){ 0 };
    tare_put(&b, plan, sizeof *plan);
    tare_put(&b, &arm, sizeof arm);
    int rc = ask(c, ASK_DIVE, &b);
    if (rc == 0)
        rc = hear(c, &m);
    if (rc != 0)
        return rc;
    rc = get_dive(spots, counts, &m);
    tare_message_free(&m);
    if (rc != 0)
        tare_spots_free(spots);
    return rc;
}

void crew_dismiss(struct crew *c)
{
    tare_worker_stop(&c->worker);
}
