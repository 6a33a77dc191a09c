/* Events that the kernel itself names, below /sys/bus/event_source/devices/<pmu>: events/slots says
 * "event=0x00,umask=0x4", format/umask "config:8-15". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/platform/counters/counters.h"
#include "framework/platform/probe.h"

static const char devices[] = "sys/bus/event_source/devices";

/* Puts the bits of a value into the fields that "config:0-7,32-35" lists, lowest bits first. */
static bool scatter(struct tare_event *e, const char *format, uint64_t value)
{
    static const struct {
        const char *prefix;
        size_t field;
    } fields[] = { { "config:", offsetof(struct tare_event, config) },
                   { "config1:", offsetof(struct tare_event, config1) },
                   { "config2:", offsetof(struct tare_event, config2) } };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        size_t n = strlen(fields[i].prefix);
        if (strncmp(format, fields[i].prefix, n) != 0)
            continue;
        uint64_t *config = (uint64_t *)((char *)e + fields[i].field);
        for (const char *p = format + n; *p;) {
            char *end;
            unsigned long first = strtoul(p, &end, 10), last = first;
            if (end == p || first > 63)
                return false;
            if (*end == '-')
                last = strtoul(end + 1, &end, 10);
            if (last < first || last > 63 || (*end && *end != ','))
                return false;
            for (unsigned long bit = first; bit <= last; bit++, value >>= 1)
                *config |= (value & 1) << bit;
            p = *end ? end + 1 : end;
        }
        return true;
    }
    return false;
}

/* One "umask=0x4", or "edge", which is 1. */
static int add_term(struct tare_event *e, const char *pmu, const char *root, const char *term, const char *name)
{
    char path[TARE_PROBE_TEXT], format[TARE_PROBE_TEXT];
    size_t n = strcspn(term, "=");
    uint64_t value = term[n] ? strtoull(term + n + 1, NULL, 0) : 1;
    snprintf(path, sizeof path, "%s/%s/format/%.*s", devices, pmu, (int)n, term);
    if (!tare_probe_text(format, root, path) || !scatter(e, format, value))
        return tare_fail(TARE_EUNSUP, "the kernel's form of '%s' can't be read: /%s", name, path);
    return 0;
}

int tare_kernel_encode(struct tare_event *e, const char *name, const char *root)
{
    char pmu[32], event[64], path[TARE_PROBE_TEXT], terms[TARE_PROBE_TEXT];
    int64_t type;
    if (sscanf(name, "%31[^/]/%63[^/]/", pmu, event) != 2)
        return tare_fail(TARE_EUSAGE, "'%s' is not a kernel's event: cpu/slots/", name);
    *e = (struct tare_event){ 0 };
    snprintf(path, sizeof path, "%s/%s/events/%s", devices, pmu, event);
    if (!tare_probe_text(terms, root, path))
        return tare_fail(TARE_EUNSUP, "the kernel names no event '%s'", name);
    snprintf(path, sizeof path, "%s/%s/type", devices, pmu);
    if (!tare_probe_number(&type, root, path))
        return tare_fail(TARE_EUNSUP, "the kernel names no type for '%s'", name);
    e->type = (uint32_t)type;
    int rc = 0;
    char *rest = terms;
    for (char *term; rc == 0 && (term = strsep(&rest, ",")) != NULL;)
        rc = add_term(e, pmu, root, term, name);
    return rc;
}
