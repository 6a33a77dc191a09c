/* Memory that a container may still take: the limits of the process's control groups, version 1 and 2. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "models/arch/memory.h"

/* Where a version keeps what. */
struct version {
    const char *mount, *limit, *used;
    const char *cached[2]; /* lines of memory.stat: pages of files, which the system drops when it has to */
};

static const struct version versions[] = {
    { "/sys/fs/cgroup", "memory.max", "memory.current", { "inactive_file ", "active_file " } },
    { "/sys/fs/cgroup/memory",
      "memory.limit_in_bytes",
      "memory.usage_in_bytes",
      { "total_inactive_file ", "total_active_file " } },
};

/* The text of a group's file, or NULL; the caller frees it. */
static char *read_file(const char *group, const char *name)
{
    char *path = tare_path_join(group, name), *text = NULL;
    if (!path || tare_file_read(&text, NULL, path, 0)) {
        tare_error_clear();
        text = NULL;
    }
    free(path);
    return text;
}

static bool read_number(const char *group, const char *name, unsigned long long *number)
{
    char *text = read_file(group, name);
    bool is = text && sscanf(text, "%llu", number) == 1; /* "max" is none */
    free(text);
    return is;
}

static unsigned long long cached(const char *group, const struct version *v)
{
    unsigned long long sum = 0, bytes;
    char *text = read_file(group, "memory.stat");
    for (size_t i = 0; text && i < 2; i++) {
        const char *line = text;
        while (line && strncmp(line, v->cached[i], strlen(v->cached[i])) != 0)
            line = (line = strchr(line, '\n')) ? line + 1 : NULL;
        if (line && sscanf(line + strlen(v->cached[i]), "%llu", &bytes) == 1)
            sum += bytes;
    }
    free(text);
    return sum;
}

/* What one group has left; SIZE_MAX where it has no limit. */
static size_t group_free(const char *group, const struct version *v)
{
    unsigned long long limit, used;
    if (!read_number(group, v->limit, &limit) || !read_number(group, v->used, &used) || limit >= SIZE_MAX)
        return SIZE_MAX;
    unsigned long long dropped = cached(group, v);
    used = dropped < used ? used - dropped : 0;
    return used < limit ? (size_t)(limit - used) : 0;
}

/* A group's limits and those of all above it. Within a container the path may begin further up than what is mounted, so
 * that there is nothing at its end; the container's own group is then the mounted one. */
static size_t groups_free(const char *root, const struct version *v, const char *path)
{
    char *group = tare_format("%s%s%s", root, v->mount, path);
    size_t least = SIZE_MAX, shortest = strlen(root) + strlen(v->mount);
    while (group) {
        size_t left = group_free(group, v);
        least = left < least ? left : least;
        char *end = strrchr(group, '/');
        if (!end || (size_t)(end - group) < shortest)
            break;
        *end = '\0';
    }
    free(group);
    return least;
}

/* Whether a list of controllers, "cpu,memory", has that of memory. */
static bool has_memory(const char *list)
{
    static const char name[] = "memory";
    for (const char *at = list; (at = strstr(at, name)); at++) {
        char end = at[sizeof name - 1];
        if ((at == list || at[-1] == ',') && (end == ',' || end == '\0'))
            return true;
    }
    return false;
}

size_t lm_memory_of_groups(const char *root)
{
    char *file = tare_format("%s/proc/self/cgroup", root), *text = NULL, *rest = NULL;
    size_t least = SIZE_MAX;
    if (!file || tare_file_read(&text, NULL, file, 0))
        tare_error_clear();
    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
        char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path || path[1] != '/')
            continue;
        *path++ = '\0';
        controllers++;
        bool second = *controllers == '\0';
        if (!second && !has_memory(controllers))
            continue;
        size_t left = groups_free(root, &versions[second ? 0 : 1], path);
        least = left < least ? left : least;
    }
    free(text);
    free(file);
    return least;
}
