#include "framework/platform/ring.h"

#include <linux/perf_event.h>
#include <string.h>

/* Copies n bytes from a position of the ring on, around its end. */
static void copy_out(void *to, const void *data, size_t size, uint64_t at, size_t n)
{
    size_t from = (size_t)(at & (size - 1)), first = n < size - from ? n : size - from;
    memcpy(to, (const char *)data + from, first);
    memcpy((char *)to + first, data, n - first);
}

uint64_t tare_ring_read(struct tare_ring_sink *sink, const void *data, size_t size, uint64_t tail, uint64_t head)
{
    while (head - tail >= sizeof(struct perf_event_header)) {
        struct perf_event_header h;
        uint64_t body[2] = { 0 };
        copy_out(&h, data, size, tail, sizeof h);
        if (h.size < sizeof h || h.size > head - tail || h.size > size)
            break;
        size_t n = h.size - sizeof h;
        copy_out(body, data, size, tail + sizeof h, n < sizeof body ? n : sizeof body);
        if (h.type == PERF_RECORD_SAMPLE && n >= sizeof body[0])
            sink->sample(sink->ctx, body[0]); /* ip */
        else if (h.type == PERF_RECORD_LOST && n >= sizeof body)
            sink->lost += body[1]; /* id, lost */
        tail += h.size;
    }
    return head;
}
