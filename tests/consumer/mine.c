/* Counting the lines of a text, in two ways. */
#include <stdlib.h>
#include <string.h>
#include <tare/bench.h>

static size_t count_by_bytes(const char *text, size_t length)
{
    size_t lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    return lines;
}

static size_t count_by_memchr(const char *text, size_t length)
{
    size_t lines = 0;
    const char *end = text + length;
    for (const char *p = text; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        lines++;
    return lines;
}

/* ---- what Tare calls ---- */

enum { TEXT_BYTES = 64 * 1024 };

static void fill_text(void *dst, size_t bytes, const void *ctx)
{
    (void)ctx;
    char *text = dst;
    for (size_t i = 0; i < bytes; i++)
        text[i] = i % 61 ? 'x' : '\n'; /* lines of 60 letters */
}

/* The fixture is the text: read-only, so that two builds of this suite are given the same one. */
static int setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    (void)c;
    *fixture = (void *)host->input(host, "lines of 60 letters, 64 KiB", TEXT_BYTES, fill_text, NULL);
    return *fixture ? 0 : -1;
}

static void run_bytes(void *fixture, const struct tare_loop *loop)
{
    for (uint64_t i = 0; i < loop->iters; i++)
        tare_use(count_by_bytes(fixture, TEXT_BYTES)); /* the result counts as used: the work stays */
}

static void run_memchr(void *fixture, const struct tare_loop *loop)
{
    for (uint64_t i = 0; i < loop->iters; i++)
        tare_use(count_by_memchr(fixture, TEXT_BYTES));
}

static int emit(const struct tare_host *host)
{
    static const struct {
        const char *variant;
        void (*run)(void *fixture, const struct tare_loop *loop);
    } ways[] = { { "bytes", run_bytes }, { "memchr", run_memchr } };

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const struct tare_case c = {
            .size = sizeof c,
            .flags = TARE_CASE_CORE, /* part of the default run */
            .group = "count_lines",
            .variant = ways[i].variant, /* ids: mine/count_lines/bytes, mine/count_lines/memchr */
            .work = { .bytes_read = TEXT_BYTES },
            .setup = setup,
            .run = ways[i].run,
        };
        int rc = host->add(host, &c);
        if (rc)
            return rc;
    }
    return 0;
}

TARE_EXPORT const struct tare_suite tare_suite = { TARE_SUITE_HEAD, .name = "mine", .emit = emit };
