#include "framework/platform/sampler.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/platform/counters/perf.h"

enum {
    RING_BYTES = 64 << 12, /* 16,384 samples; within what a user may lock (kernel.perf_event_mlock_kb) */
    TIMER_SAMPLES = 1 << 16,
};

struct thread_ring {
    int fd;
    struct perf_event_mmap_page *page; /* followed by the ring */
};

struct tare_sampler {
    enum tare_sampler_kind kind;
    struct thread_ring *rings; /* CLOCK: [n], one a thread */
    size_t n, capacity;
    size_t page_bytes;
    timer_t timer; /* TIMER */
    bool has_timer;
};

/* ---- the kernel's clock event ---- */

static int open_ring(struct tare_sampler *s, pid_t thread, double period_ns)
{
    struct perf_event_attr attr = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof attr,
        .config = PERF_COUNT_SW_CPU_CLOCK,
        .sample_period = (uint64_t)period_ns,
        .sample_type = PERF_SAMPLE_IP,
        .disabled = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    if (tare_grow(&s->rings, &s->capacity, s->n + 1, sizeof *s->rings) != 0)
        return TARE_ENOMEM;
    struct thread_ring *r = &s->rings[s->n];
    int rc = tare_perf_open(&r->fd, &attr, thread, -1);
    if (rc != 0)
        return rc;
    void *map = mmap(NULL, s->page_bytes + RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
    if (map == MAP_FAILED) {
        int e = errno;
        close(r->fd);
        return e == EPERM ? tare_fail(TARE_EUNSUP, "kernel.perf_event_mlock_kb is too small for the samples of this "
                                                   "many threads: sudo sysctl kernel.perf_event_mlock_kb=4096")
                          : tare_fail(TARE_EIO, "no memory for the samples: %s", strerror(e));
    }
    r->page = map;
    s->n++;
    return 0;
}

/* A ring for every thread there is. One that ends meanwhile is no fault. */
static int open_rings(struct tare_sampler *s, double period_ns)
{
    pid_t self = (pid_t)syscall(SYS_gettid);
    s->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    int rc = open_ring(s, self, period_ns);
    DIR *threads = rc == 0 ? opendir("/proc/self/task") : NULL;
    struct dirent *d;
    while (threads && rc == 0 && (d = readdir(threads)) != NULL) {
        pid_t thread = (pid_t)atoi(d->d_name);
        if (thread > 0 && thread != self && open_ring(s, thread, period_ns) == TARE_ENOMEM)
            rc = TARE_ENOMEM;
    }
    if (threads)
        closedir(threads);
    return rc;
}

static void control(const struct tare_sampler *s, unsigned long what)
{
    for (size_t i = 0; i < s->n; i++)
        ioctl(s->rings[i].fd, what, 0);
}

static void drain_ring(const struct tare_sampler *s, struct thread_ring *r, struct tare_ring_sink *sink)
{
    uint64_t head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE);
    uint64_t tail = tare_ring_read(sink, (const char *)r->page + s->page_bytes, RING_BYTES, r->page->data_tail, head);
    __atomic_store_n(&r->page->data_tail, tail, __ATOMIC_RELEASE);
}

/* ---- a timer and its signal ---- */

/* What the handler sees; there is one timer. */
static struct {
    volatile sig_atomic_t active;
    volatile size_t n, lost;
    uint64_t *ips; /* [TIMER_SAMPLES] */
} caught;

static uint64_t interrupted_at(const ucontext_t *u)
{
#if defined(__x86_64__)
    return (uint64_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return u->uc_mcontext.pc;
#else
    (void)u;
    return 0;
#endif
}

static void on_timer(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info;
    if (!caught.active)
        return;
    if (caught.n < TIMER_SAMPLES)
        caught.ips[caught.n++] = interrupted_at(context);
    else
        caught.lost++;
}

static int open_timer(struct tare_sampler *s, double period_ns)
{
    struct sigaction act = { .sa_sigaction = on_timer, .sa_flags = SA_SIGINFO | SA_RESTART };
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGPROF };
    struct timespec period = { (time_t)(period_ns / 1e9), (long)period_ns % 1000000000L };
    const struct itimerspec every = { period, period };
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    caught.active = 0;
    caught.n = caught.lost = 0;
    caught.ips = tare_calloc(TIMER_SAMPLES, sizeof *caught.ips);
    if (!caught.ips)
        return TARE_ENOMEM;
    if (sigaction(SIGPROF, &act, NULL) != 0 || timer_create(CLOCK_MONOTONIC, &event, &s->timer) != 0)
        return tare_fail(TARE_EIO, "can't make a timer to sample by: %s", strerror(errno));
    s->has_timer = true;
    if (timer_settime(s->timer, 0, &every, NULL) != 0)
        return tare_fail(TARE_EIO, "can't start the timer to sample by: %s", strerror(errno));
    return 0;
}

static void close_timer(struct tare_sampler *s)
{
    signal(SIGPROF, SIG_IGN); /* one may still be on its way */
    if (s->has_timer)
        timer_delete(s->timer);
    free(caught.ips);
    caught.ips = NULL;
}

/* ---- both ---- */

int tare_sampler_open(struct tare_sampler **out, enum tare_sampler_kind kind, double period_ns)
{
    struct tare_sampler *s = tare_calloc(1, sizeof *s);
    if (!s)
        return TARE_ENOMEM;
    s->kind = kind;
    int rc = kind == TARE_SAMPLER_CLOCK ? open_rings(s, period_ns) : open_timer(s, period_ns);
    if (rc != 0) {
        tare_sampler_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

void tare_sampler_close(struct tare_sampler *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++) {
        munmap(s->rings[i].page, s->page_bytes + RING_BYTES);
        close(s->rings[i].fd);
    }
    if (s->kind == TARE_SAMPLER_TIMER)
        close_timer(s);
    free(s->rings);
    free(s);
}

void tare_sampler_start(struct tare_sampler *s)
{
    if (s->kind == TARE_SAMPLER_TIMER)
        caught.active = 1;
    else
        control(s, PERF_EVENT_IOC_ENABLE);
}

void tare_sampler_stop(struct tare_sampler *s)
{
    if (s->kind == TARE_SAMPLER_TIMER)
        caught.active = 0;
    else
        control(s, PERF_EVENT_IOC_DISABLE);
}

void tare_sampler_drain(struct tare_sampler *s, struct tare_ring_sink *sink)
{
    for (size_t i = 0; i < s->n; i++)
        drain_ring(s, &s->rings[i], sink);
    if (s->kind != TARE_SAMPLER_TIMER)
        return;
    for (size_t i = 0; i < caught.n; i++)
        sink->sample(sink->ctx, caught.ips[i]);
    sink->lost += caught.lost;
    caught.n = caught.lost = 0;
}
