/* Memory that control groups leave: files of /proc and /sys as the kernel writes them, in a folder of the test's. */
#include "models/arch/memory.h"
#include "framework/base/mem.h"
#include "tests/framework/base_scratch.h"
#include "tests/harness.h"

struct entry {
    const char *path, *text;
};

struct trial {
    const char *name;
    struct entry files[12];
    size_t free;
};

#define V1    "/sys/fs/cgroup/memory"
#define V2    "/sys/fs/cgroup"
#define GROUP "/proc/self/cgroup"

static const struct trial trials[] = {
    { "no control groups", { { "/proc/meminfo", "" } }, SIZE_MAX },
    { "no limit in version 2",
      { { GROUP, "0::/\n" }, { V2 "/memory.max", "max\n" }, { V2 "/memory.current", "5\n" } },
      SIZE_MAX },
    { "a limit in version 2",
      { { GROUP, "0::/box\n" }, { V2 "/box/memory.max", "1000\n" }, { V2 "/box/memory.current", "400\n" } },
      600 },
    { "pages of files can be dropped",
      { { GROUP, "0::/box\n" },
        { V2 "/box/memory.max", "1000\n" },
        { V2 "/box/memory.current", "400\n" },
        { V2 "/box/memory.stat",
          "anon 90\nfile 310\ninactive_file 100\nactive_file 200\nworkingset_inactive_file 7\n" } },
      900 },
    { "a group above has less",
      { { GROUP, "0::/a/b\n" },
        { V2 "/a/b/memory.max", "1000\n" },
        { V2 "/a/b/memory.current", "400\n" },
        { V2 "/a/memory.max", "1200\n" },
        { V2 "/a/memory.current", "1000\n" } },
      200 },
    { "more is used than may be",
      { { GROUP, "0::/box\n" }, { V2 "/box/memory.max", "1000\n" }, { V2 "/box/memory.current", "1001\n" } },
      0 },
    { "the path is the host's, the mounted group the container's",
      { { GROUP, "0::/docker/abc\n" }, { V2 "/memory.max", "3000\n" }, { V2 "/memory.current", "1000\n" } },
      2000 },
    { "a limit in version 1, which has none in version 2",
      { { GROUP, "9:cpu,cpuacct:/x\n4:memory:/x\n0::/x\n" },
        { V1 "/x/memory.limit_in_bytes", "1000\n" },
        { V1 "/x/memory.usage_in_bytes", "400\n" },
        { V1 "/x/memory.stat", "inactive_file 1\ntotal_inactive_file 50\ntotal_active_file 0\n" } },
      650 },
    { "controllers together in version 1",
      { { GROUP, "4:blkio,memory:/\n" },
        { V1 "/memory.limit_in_bytes", "70\n" },
        { V1 "/memory.usage_in_bytes", "30\n" } },
      40 },
    { "the largest number is no limit",
      { { GROUP, "4:memory:/\n" },
        { V1 "/memory.limit_in_bytes", "18446744073709551615\n" },
        { V1 "/memory.usage_in_bytes", "30\n" } },
      SIZE_MAX },
    { "lines that say nothing", { { GROUP, "\n:\n0::\n4:memory\nnonsense\n" } }, SIZE_MAX },
};

static void the_nearest_limit_of_all_groups_counts(void **state)
{
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        const struct trial *t = &trials[i];
        char *root = tare_format("%s/%zu", (const char *)*state, i);
        for (size_t j = 0; t->files[j].path; j++)
            scratch_put(root, t->files[j].path, t->files[j].text);
        size_t left = lm_memory_of_groups(root);
        free(root);
        if (left != t->free)
            fail_msg("%s: %zu bytes, not %zu", t->name, left, t->free);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(the_nearest_limit_of_all_groups_counts, scratch_make, scratch_remove),
};

TARE_TEST_MAIN(tests)
