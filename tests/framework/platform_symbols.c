/* Functions by address, looked up in this very program. */
#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/platform/symbols.h"
#include "tests/harness.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static __attribute__((noinline)) int a_static_function(int x)
{
    __asm__ volatile("" : "+r"(x));
    return x + 1;
}

__attribute__((noinline)) int a_global_function(int x);
__attribute__((noinline)) int a_global_function(int x)
{
    __asm__ volatile("" : "+r"(x));
    return x + 2;
}

static int first_object(struct dl_phdr_info *info, size_t size, void *ctx)
{
    (void)size;
    *(uint64_t *)ctx = info->dlpi_addr;
    return 1;
}

/* An address of this program as in its file. */
static uint64_t in_file(int (*function)(int))
{
    uint64_t begin = 0;
    dl_iterate_phdr(first_object, &begin);
    return (uint64_t)(uintptr_t)function - begin;
}

static void static_and_global_functions_are_found_by_any_address_inside(void **state)
{
    (void)state;
    static const struct {
        int (*function)(int);
        const char *name;
    } cases[] = { { a_static_function, "a_static_function" }, { a_global_function, "a_global_function" } };
    struct tare_symbols s;
    assert_int_equal(a_static_function(1) + a_global_function(1), 5);
    assert_int_equal(tare_symbols_read(&s, "/proc/self/exe", "me"), 0);
    assert_false(s.stripped);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t at = in_file(cases[i].function);
        const struct tare_symbol *sym = tare_symbols_find(&s, at);
        assert_non_null(sym);
        assert_string_equal(sym->name, cases[i].name);
        assert_true(sym->address == at && sym->size > 0);
        assert_ptr_equal(tare_symbols_find(&s, at + sym->size - 1), sym);
        assert_ptr_not_equal(tare_symbols_find(&s, at + sym->size), sym);
    }
    assert_null(tare_symbols_find(&s, 0));
    assert_null(tare_symbols_find(&s, UINT64_MAX));
    tare_symbols_free(&s);
}

static void a_stripped_file_has_the_functions_it_exports(void **state)
{
    (void)state;
    struct tare_symbols s;
    Dl_info info;
    assert_true(dladdr(dlsym(RTLD_DEFAULT, "puts"), &info) != 0); /* libc's */
    assert_int_equal(tare_symbols_read(&s, info.dli_fname, "libc"), 0);
    assert_true(s.n > 0);
    for (size_t i = 1; i < s.n; i++)
        assert_true(s.items[i - 1].address < s.items[i].address);
    tare_symbols_free(&s);
}

static void what_is_no_program_is_an_error_that_names_it(void **state)
{
    (void)state;
    struct tare_symbols s;
    assert_int_equal(tare_symbols_read(&s, "/nowhere", "suite.so"), TARE_ENOENT);
    assert_non_null(strstr(tare_error(), "suite.so: "));
    assert_int_equal(tare_symbols_read(&s, "/proc/self/maps", "suite.so"), TARE_EPARSE);
    assert_non_null(strstr(tare_error(), "suite.so: "));
    assert_null(s.items);
}

/* A file that breaks off, or has bytes changed, gives an error or fewer functions; the sanitizers watch. */
static void a_damaged_file_does_no_harm(void **state)
{
    (void)state;
    char *text, path[] = "/tmp/tare-symbols-XXXXXX";
    size_t n;
    assert_int_equal(tare_file_read(&text, &n, "/proc/self/exe", 0), 0);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (size_t i = 0; i < 64; i++) {
        size_t cut = i < 32 ? n * i / 32 : n;
        char *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, text, n);
        for (size_t k = 0; i >= 32 && k < 40; k++) /* in the header, then in the tables at the end */
            copy[k % 2 ? (i * 7 + k * 13) % 64 : n - 1 - (i * 131 + k * 977) % (n < 8192 ? n : 8192)] ^= (char)(i + k);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, copy, cut, 0), (ssize_t)cut);
        struct tare_symbols s;
        if (tare_symbols_read(&s, path, "damaged") == 0)
            tare_symbols_free(&s);
        free(copy);
    }
    close(fd);
    unlink(path);
    free(text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(static_and_global_functions_are_found_by_any_address_inside),
    cmocka_unit_test(a_stripped_file_has_the_functions_it_exports),
    cmocka_unit_test(what_is_no_program_is_an_error_that_names_it),
    cmocka_unit_test(a_damaged_file_does_no_harm),
};

TARE_TEST_MAIN(tests)
