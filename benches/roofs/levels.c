/* How large the levels of the memory are, and so what must be walked through to meet each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benches/roofs/roofs.h"

static bool read_line(char line[256], const char *root, int cpu, int index, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%d/cache/index%d/%s", root, cpu, index, name);
    FILE *f = fopen(path, "r");
    bool got = f && fgets(line, 256, f);
    if (f)
        fclose(f);
    return got;
}

/* "2048K" */
static size_t parse_size(const char *text)
{
    char *unit;
    unsigned long long n = strtoull(text, &unit, 10);
    unsigned shift = *unit == 'K' ? 10 : *unit == 'M' ? 20 : *unit == 'G' ? 30 : 0;
    return (size_t)n << shift;
}

/* Whether a list such as "0-3,8" has the number. */
static bool in_list(const char *list, int number)
{
    for (const char *p = list; *p >= '0' && *p <= '9';) {
        char *end;
        long first = strtol(p, &end, 10), last = first;
        if (*end == '-')
            last = strtol(end + 1, &end, 10);
        if (number >= first && number <= last)
            return true;
        p = *end == ',' ? end + 1 : end;
    }
    return false;
}

/* Whether a cache of CPU i is that of one of the CPUs before it. */
static bool shared_before(const char *list, const int *cpus, int i)
{
    for (int k = 0; k < i; k++)
        if (in_list(list, cpus ? cpus[k] : k))
            return true;
    return false;
}

void roof_caches(struct roof_cache caches[3], const char *root, const int *cpus, int n)
{
    char level[256], type[256], size[256], list[256];
    memset(caches, 0, 3 * sizeof *caches);
    for (int i = 0; i < n; i++) {
        int cpu = cpus ? cpus[i] : i;
        for (int index = 0; read_line(level, root, cpu, index, "level"); index++) {
            int k = atoi(level) - 1;
            if (k < 0 || k > 2 || !read_line(type, root, cpu, index, "type") || type[0] == 'I' ||
                !read_line(size, root, cpu, index, "size"))
                continue;
            if (read_line(list, root, cpu, index, "shared_cpu_list") && shared_before(list, cpus, i))
                continue;
            caches[k].bytes = parse_size(size);
            caches[k].count++;
        }
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

void roof_levels(struct roof_level levels[ROOF_LEVELS], const struct roof_cache caches[3], size_t memory_bytes)
{
    static const char *const names[ROOF_LEVELS] = { "L1", "L2", "L3", "DRAM" };
    static const size_t unknown_l1 = 32 << 10, unknown_last = 32 << 20;
    size_t before = 0;
    for (int k = 0; k < 3; k++) {
        size_t whole = caches[k].bytes * caches[k].count;
        levels[k] = (struct roof_level){ .name = names[k] };
        if (k == 0)
            levels[k].bytes = (whole ? whole : unknown_l1) / 2;
        else if (whole > 2 * before)
            levels[k].bytes = least(4 * before, whole / 4 * 3);
        before = whole > before ? whole : before;
    }
    levels[3] =
        (struct roof_level){ .in_memory = true,
                             .name = names[3],
                             .bytes = least(2 * (before > unknown_l1 ? before : unknown_last), memory_bytes / 8) };
}
