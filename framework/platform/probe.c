#include "framework/platform/probe.h"

#include "framework/base/file.h"
#include "framework/base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CPUS_LIMIT = 1 << 20 }; /* no list names more */

/* The whole file root/path, or NULL; the caller frees. */
static char *slurp(const char *root, const char *path)
{
    char *full = tare_format("%s/%s", root, path), *text = NULL;
    if (full && tare_file_read(&text, NULL, full, 0))
        text = NULL;
    free(full);
    return text;
}

/* Copies [from, to) without the blanks at its ends. */
static void copy_trimmed(char out[TARE_PROBE_TEXT], const char *from, const char *to)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    size_t len = (size_t)(to - from);
    if (len > TARE_PROBE_TEXT - 1)
        len = TARE_PROBE_TEXT - 1;
    memmove(out, from, len); /* may lie in `out` */
    out[len] = '\0';
}

bool tare_probe_text(char text[TARE_PROBE_TEXT], const char *root, const char *path)
{
    char *all = slurp(root, path);
    if (all)
        copy_trimmed(text, all, all + strcspn(all, "\n"));
    free(all);
    return all != NULL;
}

static bool to_number(int64_t *number, const char *text)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno)
        return false;
    *number = value;
    return true;
}

bool tare_probe_number(int64_t *number, const char *root, const char *path)
{
    char text[TARE_PROBE_TEXT];
    return tare_probe_text(text, root, path) && to_number(number, text);
}

bool tare_probe_exists(const char *root, const char *path)
{
    char *full = tare_format("%s/%s", root, path);
    bool exists = full && tare_path_exists(full);
    free(full);
    return exists;
}

bool tare_probe_cpu_text(char text[TARE_PROBE_TEXT], const char *root, int cpu, const char *name)
{
    char path[TARE_PROBE_TEXT];
    snprintf(path, sizeof path, "sys/devices/system/cpu/cpu%d/%s", cpu, name);
    return tare_probe_text(text, root, path);
}

bool tare_probe_cpu_number(int64_t *number, const char *root, int cpu, const char *name)
{
    char text[TARE_PROBE_TEXT];
    return tare_probe_cpu_text(text, root, cpu, name) && to_number(number, text);
}

bool tare_probe_field(char value[TARE_PROBE_TEXT], const char *root, const char *path, const char *key)
{
    bool found = false;
    size_t len = strlen(key);
    char *all = slurp(root, path);
    for (char *line = all; line && *line && !found;) {
        char *end = line + strcspn(line, "\n");
        const char *p = line + len;
        if (strncmp(line, key, len) == 0) {
            p += strspn(p, " \t");
            found = *p == ':' || *p == '=';
        }
        if (found) {
            copy_trimmed(value, p + 1, end);
            size_t n = strlen(value);
            if (n >= 2 && value[0] == '"' && value[n - 1] == '"')
                copy_trimmed(value, value + 1, value + n - 1);
        }
        line = *end ? end + 1 : end;
    }
    free(all);
    return found;
}

bool tare_probe_list(const char *list, bool (*add)(void *ctx, int cpu), void *ctx)
{
    const char *p = list;
    while (*p) {
        char *end;
        if (!isdigit((unsigned char)*p))
            return false;
        long first = strtol(p, &end, 10), last = first;
        if (*end == '-') {
            p = end + 1;
            if (!isdigit((unsigned char)*p))
                return false;
            last = strtol(p, &end, 10);
        }
        if (last < first || last >= CPUS_LIMIT || (*end && *end != ','))
            return false;
        for (long cpu = first; cpu <= last; cpu++)
            if (!add(ctx, (int)cpu))
                return false;
        p = *end ? end + 1 : end;
    }
    return true;
}

int tare_probe_guest(const char *root)
{
    static const char word[] = " hypervisor";
    char *all = slurp(root, "proc/cpuinfo");
    char *flags = all ? strstr(all, "\nflags") : NULL;
    int guest = -1;
    if (flags) { /* one line of words: the flag is among them or it is not */
        flags[1 + strcspn(flags + 1, "\n")] = '\0';
        guest = 0;
        for (const char *p = flags + 1; !guest && (p = strstr(p, word)) != NULL; p++)
            guest = p[sizeof word - 1] == ' ' || p[sizeof word - 1] == '\0';
    }
    free(all);
    return guest;
}
