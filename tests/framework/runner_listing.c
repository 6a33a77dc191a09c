/* Disassembly: lines, samples, loops, and branches at 32-byte boundaries. */
#include "framework/runner/listing.h"
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

static const char page[] = "\n"
                           "/proc/1/fd/3:     file format elf64-x86-64\n"
                           "\n"
                           "Disassembly of section .text:\n"
                           "\n"
                           "0000000000001200 <run>:\n"
                           "    1200:\t48 31 c0             \txor    %rax,%rax\n"
                           "    1203:\tc4 e2 7d 18 05 f4 0d 00 00 \tvbroadcastss 0xdf4(%rip),%ymm0        # 2000 <k>\n"
                           "    120c:\t48 ff c0             \tinc    %rax\n"
                           "    120f:\t48 39 f8             \tcmp    %rdi,%rax\n"
                           "    1212:\t75 f8                \tjne    120c <run+0xc>\n"
                           "    1214:\t83 ee 01             \tsub    $0x1,%esi\n"
                           "    1217:\t75 e7                \tjne    1200 <run>\n"
                           "    1219:\te8 e2 ff ff ff       \tcall   1200 <run>\n"
                           "    121e:\tf3 c3                \trepz ret \n"
                           "\t...\n";

static struct tare_code parsed(const char *text)
{
    struct tare_code c = { 0 };
    assert_int_equal(listing_parse(&c, text), 0);
    return c;
}

static void lines_of_a_disassembly_become_instructions(void **state)
{
    (void)state;
    struct tare_code c = parsed(page);
    assert_int_equal(c.n, 9);
    assert_int_equal(c.items[1].address, 0x1203);
    assert_int_equal(c.items[1].bytes, 9);
    assert_string_equal(c.items[1].text, "vbroadcastss 0xdf4(%rip),%ymm0 # 2000 <k>");
    assert_string_equal(c.items[8].text, "repz ret");
    tare_code_free(&c);
}

static void what_is_no_disassembly_has_no_instructions(void **state)
{
    (void)state;
    static const char *const texts[] = { "",
                                         "\n",
                                         "1200:",
                                         "    1200:\t",
                                         "    1200:\t48",
                                         "    1200:\t48 \t",
                                         "    1200:\t4 \tnop\n",
                                         "zz:\t90 \tnop\n",
                                         "1200 \t90 \tnop\n" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct tare_code c = parsed(texts[i]);
        size_t wanted = strcmp(texts[i], "    1200:\t48 \t") == 0; /* bytes without a name, as objdump writes them */
        assert_int_equal(c.n, wanted);
        tare_code_free(&c);
    }
    struct tare_code none = { 0 };
    assert_int_equal(listing_parse(&none, NULL), 0);
}

static void samples_fall_on_the_instruction_they_lie_in(void **state)
{
    (void)state;
    static const struct tare_spot spots[] = { { 0, 0x11ff, 100 }, { 0, 0x1200, 1 }, { 0, 0x1203, 2 },
                                              { 0, 0x120b, 4 },   { 0, 0x120f, 8 }, { 0, 0x121f, 16 },
                                              { 0, 0x1220, 100 } };
    struct tare_code c = parsed(page);
    listing_add_samples(&c, spots, sizeof spots / sizeof *spots);
    static const uint64_t wanted[] = { 1, 6, 0, 8, 0, 0, 0, 0, 16 };
    for (size_t i = 0; i < c.n; i++)
        assert_int_equal(c.items[i].samples, wanted[i]);
    assert_int_equal(tare_code_samples(&c, 0, c.n), 31);
    tare_code_free(&c);
}

static void the_shortest_loop_that_has_most_samples_is_the_hottest(void **state)
{
    (void)state;
    static const struct {
        struct tare_spot spots[3];
        size_t begin, end;
    } cases[] = {
        { { { 0, 0x120c, 90 }, { 0, 0x1200, 10 } }, 2, 5 },                    /* the inner one */
        { { { 0, 0x120c, 50 }, { 0, 0x1200, 50 } }, 0, 7 },                    /* both parts of the outer one */
        { { { 0, 0x120c, 30 }, { 0, 0x1214, 10 }, { 0, 0x121e, 60 } }, 0, 7 }, /* a third outside: still the most */
        { { { 0, 0x120c, 10 }, { 0, 0x121e, 90 } }, 0, 0 },                    /* none */
        { { { 0, 0, 0 } }, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_code c = parsed(page);
        listing_add_samples(&c, cases[i].spots, 3);
        assert_int_equal(listing_find_loop(&c), 0);
        if (c.loop_begin != cases[i].begin || c.loop_end != cases[i].end)
            fail_msg("case %zu: [%zu, %zu)", i, c.loop_begin, c.loop_end);
        tare_code_free(&c);
    }
}

static void a_jump_back_from_code_out_of_line_is_no_loop(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t begin, end;
    } cases[] = {
        /* a block behind the return, reached from before, that jumps back */
        { "    1000:\t74 06                \tje     1008 <f+0x8>\n"
          "    1002:\t48 ff c0             \tinc    %rax\n"
          "    1005:\t48 89 c3             \tmov    %rax,%rbx\n"
          "    1008:\tc3                   \tret\n"
          "    1009:\t31 c0                \txor    %eax,%eax\n"
          "    100b:\teb f5                \tjmp    1002 <f+0x2>\n",
          0, 0 },
        /* the same block reached from inside: now it comes round */
        { "    1000:\t74 06                \tje     1008 <f+0x8>\n"
          "    1002:\t48 ff c0             \tinc    %rax\n"
          "    1005:\t90                   \tnop\n"
          "    1006:\t75 01                \tjne    1009 <f+0x9>\n"
          "    1008:\tc3                   \tret\n"
          "    1009:\t31 c0                \txor    %eax,%eax\n"
          "    100b:\teb f5                \tjmp    1002 <f+0x2>\n",
          1, 7 },
        /* entered in its middle, its test above its body */
        { "    1000:\teb 03                \tjmp    1005 <f+0x5>\n"
          "    1002:\t48 ff c0             \tinc    %rax\n"
          "    1005:\t48 39 d8             \tcmp    %rbx,%rax\n"
          "    1008:\t75 f8                \tjne    1002 <f+0x2>\n"
          "    100a:\tc3                   \tret\n",
          1, 4 },
    };
    static const struct tare_spot spot = { 0, 0x1002, 9 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_code c = parsed(cases[i].text);
        listing_add_samples(&c, &spot, 1);
        assert_int_equal(listing_find_loop(&c), 0);
        if (c.loop_begin != cases[i].begin || c.loop_end != cases[i].end)
            fail_msg("case %zu: [%zu, %zu)", i, c.loop_begin, c.loop_end);
        tare_code_free(&c);
    }
}

static void loops_of_aarch64_are_found_too(void **state)
{
    (void)state;
    struct tare_code c = parsed("    1000:\t4e21d400 \tfadd\tv0.4s, v0.4s, v1.4s\n"
                                "    1004:\tf1000421 \tsubs\tx1, x1, #0x1\n"
                                "    1008:\t54ffffc1 \tb.ne\t1000 <run>  // b.any\n"
                                "    100c:\td65f03c0 \tret\n");
    const struct tare_spot spot = { 0, 0x1000, 5 };
    listing_add_samples(&c, &spot, 1);
    assert_int_equal(listing_find_loop(&c), 0);
    assert_int_equal(c.n, 4);
    assert_int_equal(c.items[0].bytes, 4);
    assert_int_equal(c.loop_begin, 0);
    assert_int_equal(c.loop_end, 3);
    tare_code_free(&c);
}

static void comparisons_fuse_with_the_jumps_that_intel_lists(void **state)
{
    (void)state;
    static const struct {
        const char *first, *jump;
        bool fuses;
    } cases[] = {
        { "cmp %rax,%rbx", "jne 10 <x>", true },
        { "cmp %rax,%rbx", "ja 10 <x>", true },
        { "cmp %rax,%rbx", "js 10 <x>", false },
        { "cmp %rax,%rbx", "jo 10 <x>", false },
        { "cmp %rax,%rbx", "jp 10 <x>", false },
        { "cmp (%rdi),%rax", "jl 10 <x>", true },
        { "cmp %rax,(%rdi)", "jl 10 <x>", true },
        { "cmpq $0x5,(%rdi)", "jl 10 <x>", false },
        { "cmp $0x5,%rdi", "jge 10 <x>", true },
        { "cmp 0x10(%rip),%rax # 40 <y>", "je 10 <x>", false },
        { "test %eax,%eax", "js 10 <x>", true },
        { "testb $0x1,(%rax)", "je 10 <x>", false },
        { "and $0x7,%ecx", "jp 10 <x>", true },
        { "add %rax,%rbx", "jb 10 <x>", true },
        { "add %rax,8(%rbx,%rcx,4)", "jb 10 <x>", false },
        { "add 8(%rbx,%rcx,4),%rax", "jb 10 <x>", true },
        { "sub $0x1,%rdi", "jne 10 <x>", true },
        { "subl $0x1,(%rdi)", "jne 10 <x>", false },
        { "dec %rcx", "jne 10 <x>", true },
        { "dec %rcx", "jb 10 <x>", false },
        { "decl (%rcx)", "jne 10 <x>", false },
        { "inc %rcx", "jle 10 <x>", true },
        { "cmp %rax,%rbx", "jmp 10 <x>", false },
        { "cmp %rax,%rbx", "jrcxz 10 <x>", false },
        { "cmp %rax,%rbx", "call 10 <x>", false },
        { "cmpxchg %rax,%rbx", "je 10 <x>", false },
        { "cmpsb (%rdi),(%rsi)", "je 10 <x>", false },
        { "vaddps %ymm0,%ymm1,%ymm2", "je 10 <x>", false },
        { "addps %xmm0,%xmm1", "je 10 <x>", false },
        { "adc %rax,%rbx", "je 10 <x>", false },
        { "or %rax,%rbx", "je 10 <x>", false },
        { "xor %rax,%rbx", "je 10 <x>", false },
        { "", "je 10 <x>", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (listing_fuses(cases[i].first, cases[i].jump) != cases[i].fuses)
            fail_msg("%s; %s", cases[i].first, cases[i].jump);
}

static void branches_that_cross_or_end_on_a_boundary_are_marked(void **state)
{
    (void)state;
    static const struct {
        unsigned at, bytes; /* the branch, in a line of 32 bytes */
        unsigned before;    /* bytes of the instruction before it */
        const char *first, *branch;
        bool fused;
        enum tare_boundary boundary;
    } cases[] = {
        { 30, 2, 3, "mov %rax,%rbx", "jne 10 <x>", false, TARE_BOUNDARY_ENDS },
        { 29, 2, 3, "mov %rax,%rbx", "jne 10 <x>", false, TARE_BOUNDARY_CLEAR },
        { 31, 2, 3, "mov %rax,%rbx", "jne 10 <x>", false, TARE_BOUNDARY_CROSSES },
        { 28, 6, 3, "mov %rax,%rbx", "jne 10 <x>", false, TARE_BOUNDARY_CROSSES },
        { 32, 2, 3, "mov %rax,%rbx", "jne 10 <x>", false, TARE_BOUNDARY_CLEAR },
        { 32, 2, 3, "cmp %rax,%rbx", "jne 10 <x>", true, TARE_BOUNDARY_CROSSES }, /* the pair does */
        { 33, 2, 3, "cmp %rax,%rbx", "jne 10 <x>", true, TARE_BOUNDARY_CROSSES },
        { 30, 2, 3, "cmp %rax,%rbx", "jne 10 <x>", true, TARE_BOUNDARY_ENDS },
        { 35, 2, 3, "cmp %rax,%rbx", "jne 10 <x>", true, TARE_BOUNDARY_CLEAR },
        { 27, 5, 3, "cmp %rax,%rbx", "call 10 <x>", false, TARE_BOUNDARY_ENDS },
        { 31, 1, 1, "nop", "ret", false, TARE_BOUNDARY_ENDS },
        { 30, 2, 1, "nop", "repz ret", false, TARE_BOUNDARY_ENDS },
        { 30, 2, 1, "nop", "jmp *%rax", false, TARE_BOUNDARY_ENDS },
        { 30, 3, 1, "nop", "notrack jmp *%rax", false, TARE_BOUNDARY_CROSSES },
        { 30, 3, 1, "nop", "bnd jmp 10 <x>", false, TARE_BOUNDARY_CROSSES },
        { 30, 2, 1, "nop", "jrcxz 10 <x>", false, TARE_BOUNDARY_CLEAR },
        { 30, 2, 1, "nop", "xor %eax,%eax", false, TARE_BOUNDARY_CLEAR },
        { 31, 2, 1, "nop", "syscall", false, TARE_BOUNDARY_CLEAR },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char first[64], branch[64];
        snprintf(first, sizeof first, "%s", cases[i].first);
        snprintf(branch, sizeof branch, "%s", cases[i].branch);
        uint64_t at = 0x4000 + cases[i].at;
        struct tare_instruction items[] = {
            { .address = at - cases[i].before, .bytes = cases[i].before, .text = first },
            { .address = at, .bytes = cases[i].bytes, .text = branch },
        };
        struct tare_code c = { .items = items, .n = 2 };
        listing_mark_branches(&c);
        if (items[1].fused != cases[i].fused || items[1].boundary != cases[i].boundary ||
            items[0].boundary != TARE_BOUNDARY_CLEAR)
            fail_msg("%s; %s at %u: %s%s", first, branch, cases[i].at, items[1].fused ? "fused, " : "",
                     tare_boundary_names[items[1].boundary]);
    }
}

static void instructions_with_a_gap_between_them_do_not_fuse(void **state)
{
    (void)state;
    char first[] = "cmp %rax,%rbx", jump[] = "jne 10 <x>";
    struct tare_instruction items[] = { { .address = 0x101a, .bytes = 3, .text = first },
                                        { .address = 0x1020, .bytes = 2, .text = jump } };
    struct tare_code c = { .items = items, .n = 2 };
    listing_mark_branches(&c);
    assert_false(items[1].fused);
    assert_int_equal(items[1].boundary, TARE_BOUNDARY_CLEAR);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lines_of_a_disassembly_become_instructions),
    cmocka_unit_test(what_is_no_disassembly_has_no_instructions),
    cmocka_unit_test(samples_fall_on_the_instruction_they_lie_in),
    cmocka_unit_test(the_shortest_loop_that_has_most_samples_is_the_hottest),
    cmocka_unit_test(a_jump_back_from_code_out_of_line_is_no_loop),
    cmocka_unit_test(loops_of_aarch64_are_found_too),
    cmocka_unit_test(comparisons_fuse_with_the_jumps_that_intel_lists),
    cmocka_unit_test(branches_that_cross_or_end_on_a_boundary_are_marked),
    cmocka_unit_test(instructions_with_a_gap_between_them_do_not_fuse),
};

TARE_TEST_MAIN(tests)
