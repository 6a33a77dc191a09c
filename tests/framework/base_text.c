#include "framework/base/text.h"

#include <stdlib.h>
#include <string.h>

#include "framework/base/rng.h"
#include "tests/harness.h"

/* The definition, by recursion: slow, and written without looking at rows. */
static size_t slow_distance(const char *a, size_t na, const char *b, size_t nb)
{
    if (na == 0 || nb == 0)
        return na + nb;
    size_t best = slow_distance(a, na - 1, b, nb - 1) + (a[na - 1] != b[nb - 1]);
    size_t dropped = slow_distance(a, na - 1, b, nb) + 1, added = slow_distance(a, na, b, nb - 1) + 1;
    best = dropped < best ? dropped : best;
    best = added < best ? added : best;
    if (na > 1 && nb > 1 && a[na - 1] == b[nb - 2] && a[na - 2] == b[nb - 1]) {
        size_t exchanged = slow_distance(a, na - 2, b, nb - 2) + 1;
        best = exchanged < best ? exchanged : best;
    }
    return best;
}

static void distances_are_those_of_the_definition(void **state)
{
    (void)state;
    struct tare_rng rng;
    tare_rng_seed(&rng, 1);
    for (int i = 0; i < 300; i++) {
        char words[2][8] = { "", "" };
        for (int w = 0; w < 2; w++)
            for (size_t k = 0, n = tare_rng_below(&rng, 7); k < n; k++)
                words[w][k] = (char)('a' + tare_rng_below(&rng, 3));
        assert_int_equal(tare_edit_distance(words[0], words[1]),
                         slow_distance(words[0], strlen(words[0]), words[1], strlen(words[1])));
    }
}

/* Known from textbooks. */
static void well_known_distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t edits;
    } cases[] = {
        { "kitten", "sitting", 3 }, { "saturday", "sunday", 3 }, { "ca", "abc", 3 }, { "main", "mian", 1 },
        { "", "abc", 3 },           { "same", "same", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(tare_edit_distance(cases[i].a, cases[i].b), cases[i].edits);
        assert_int_equal(tare_edit_distance(cases[i].b, cases[i].a), cases[i].edits);
    }
}

static void the_nearest_name_is_suggested(void **state)
{
    (void)state;
    static const char *const names[] = { "list", "run", "compare", "baseline", "report", "dive", "machine", "doctor" };
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        { "compaer", "compare" }, { "rn", "run" }, { "basline", "baseline" }, { "dctor", "doctor" }, { "list", "list" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(tare_nearest(cases[i].word, names, 8), cases[i].nearest);
    }
    static const char *const far[] = { "", "xyz", "frob", "serialise" };
    for (size_t i = 0; i < sizeof far / sizeof *far; i++)
        assert_null(tare_nearest(far[i], names, 8));
    assert_null(tare_nearest("word", names, 0));
}

static void words_of_any_length_are_compared(void **state)
{
    (void)state;
    char *word = malloc(100001);
    memset(word, 'x', 100000);
    word[100000] = '\0';
    assert_int_equal(tare_edit_distance(word, "x"), 254);
    assert_int_equal(tare_edit_distance(word, word), 0);
    free(word);
}

static void patterns_match_like_the_shell_but_across_slashes(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        { "*", "", true },
        { "kernels/*", "kernels/softmax/f32/avx2/1024x1024", true },
        { "*softmax*", "kernels/softmax/f32", true },
        { "kernels/softmax", "kernels/softmax/f32", false },
        { "kernels/?ot/*", "kernels/dot/f32", true },
        { "kernels/?ot/*", "kernels/ot/f32", false },
        { "*/avx[25]*", "kernels/dot/f32/avx512", true },
        { "*/avx[!2]*", "kernels/dot/f32/avx2", false },
        { "*threads=[1-3]", "a/threads=2", true },
        { "a\\*b", "a*b", true },
        { "a\\*b", "axb", false },
        { "*.x", ".x", true },
        { "[", "[", true },
        { "A*", "abc", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(tare_glob(cases[i].pattern, cases[i].text), cases[i].matches);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(distances_are_those_of_the_definition),
    cmocka_unit_test(well_known_distances),
    cmocka_unit_test(the_nearest_name_is_suggested),
    cmocka_unit_test(words_of_any_length_are_compared),
    cmocka_unit_test(patterns_match_like_the_shell_but_across_slashes),
};
TARE_TEST_MAIN(tests)
