#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/file.h"
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

enum { X86 = TARE_CPU_AVX2 | TARE_CPU_AVX512 | TARE_CPU_AVX512_VNNI, ARM = TARE_CPU_NEON | TARE_CPU_NEON_DOTPROD };

static void a_mask_leaves_the_named_level_and_the_weaker_ones(void **state)
{
    (void)state;
    static const struct {
        const char *mask;
        unsigned have, left;
    } table[] = {
        { NULL, X86, X86 },
        { NULL, TARE_CPU_REF, TARE_CPU_REF },
        { "ref", X86, TARE_CPU_REF },
        { "ref", TARE_CPU_REF, TARE_CPU_REF },
        { "avx2", X86, TARE_CPU_AVX2 },
        { "avx2", TARE_CPU_AVX2, TARE_CPU_AVX2 },
        { "avx512", X86, TARE_CPU_AVX2 | TARE_CPU_AVX512 },
        { "avx512_vnni", X86, X86 },
        { "neon", ARM, TARE_CPU_NEON },
        { "neon_dotprod", ARM, ARM },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        unsigned left = ~0u;
        assert_int_equal(tare_cpu_mask(&left, table[i].mask, table[i].have), 0);
        assert_int_equal(left, table[i].left);
    }
}

static void a_mask_that_cannot_be_is_refused_with_the_choices(void **state)
{
    (void)state;
    static const struct {
        const char *mask;
        unsigned have;
        const char *says;
    } table[] = {
        { "sse9", X86, "ref, avx2, avx512, avx512_vnni, neon, neon_dotprod" },
        { "", X86, "ref, avx2, avx512" },
        { "AVX2", X86, "unknown" },
        { "avx512", TARE_CPU_AVX2, "this processor has only ref, avx2" },
        { "avx512_vnni", TARE_CPU_AVX2 | TARE_CPU_AVX512, "this processor has only ref, avx2, avx512" },
        { "neon", X86, "this processor has only" },
        { "avx2", TARE_CPU_REF, "this processor has only ref" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        unsigned left = 77;
        assert_int_equal(tare_cpu_mask(&left, table[i].mask, table[i].have), TARE_EUSAGE);
        assert_non_null(strstr(tare_error(), table[i].says));
        assert_int_equal(left, 77);
    }
}

static void every_level_has_a_name(void **state)
{
    (void)state;
    static const struct {
        unsigned level;
        const char *name;
    } table[] = {
        { TARE_CPU_REF, "ref" },
        { TARE_CPU_AVX2, "avx2" },
        { TARE_CPU_AVX512, "avx512" },
        { TARE_CPU_NEON, "neon" },
        { TARE_CPU_AVX512_VNNI, "avx512_vnni" },
        { 1u << 30, "unknown" },
        { TARE_CPU_NEON_DOTPROD, "neon_dotprod" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(tare_cpu_level_name(table[i].level), table[i].name);
}

/* The value of a line "key : value" of /proc/cpuinfo in a list ending with a space, or NULL; the caller frees. */
static char *cpuinfo(const char *key)
{
    char *text, *value = NULL;
    if (tare_file_read(&text, NULL, "/proc/cpuinfo", 0))
        return NULL;
    char *rest = text;
    for (char *line; !value && (line = strsep(&rest, "\n")) != NULL;) {
        char *colon = strstr(line, ": ");
        if (colon && strncmp(line, key, strlen(key)) == 0 && strchr(" \t:", line[strlen(key)])) {
            value = malloc(strlen(colon));
            strcpy(value, colon + 2);
            strcat(value, " ");
        }
    }
    free(text);
    return value;
}

/* The kernel's list of flags is the other source. */
static void the_levels_found_are_those_the_kernel_lists(void **state)
{
    (void)state;
    static const struct {
        unsigned level;
        const char *flags[8];
    } table[] = {
        { TARE_CPU_AVX2, { " avx2 ", " fma ", " f16c " } },
        { TARE_CPU_AVX512, { " avx512f ", " avx512bw ", " avx512cd ", " avx512dq ", " avx512vl " } },
        { TARE_CPU_AVX512_VNNI, { " avx512f ", " avx512bw ", " avx512_vnni " } },
        { TARE_CPU_NEON, { " asimd " } },
        { TARE_CPU_NEON_DOTPROD, { " asimddp " } },
    };
    char *flags = cpuinfo("flags");
    if (!flags)
        flags = cpuinfo("Features");
    if (!flags)
        skip();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool listed = true;
        for (int j = 0; table[i].flags[j]; j++)
            listed = listed && strstr(flags, table[i].flags[j]);
        assert_int_equal((tare_cpu_levels() & table[i].level) != 0, listed);
    }
    free(flags);
}

static void the_brand_is_the_model_name_the_kernel_gives(void **state)
{
    (void)state;
#if defined(__x86_64__)
    char *name = cpuinfo("model name");
    if (!name)
        skip();
    name[strlen(name) - 1] = '\0';
    assert_string_equal(tare_cpu_brand(), name);
    free(name);
#else
    skip();
#endif
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_mask_leaves_the_named_level_and_the_weaker_ones),
    cmocka_unit_test(a_mask_that_cannot_be_is_refused_with_the_choices),
    cmocka_unit_test(every_level_has_a_name),
    cmocka_unit_test(the_levels_found_are_those_the_kernel_lists),
    cmocka_unit_test(the_brand_is_the_model_name_the_kernel_gives),
};

TARE_TEST_MAIN(tests)
