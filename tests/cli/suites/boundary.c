/* A loop whose branch ends on a 32-byte boundary: decrement and jump, written as bytes so that no assembler moves them.
 */
#include "tests/cli/suites/suite.h"

static void run(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    for (uint64_t i = 0; i < loop->iters; i++) {
#if defined(__x86_64__)
        uint32_t n = 1000;
        __asm__ volatile(".p2align 5\n\t"
                         ".fill 28, 1, 0x90\n\t" /* nop */
                         ".byte 0xff, 0xc9\n\t"  /* dec %ecx */
                         ".byte 0x75, 0xe0\n\t"  /* jne -32 */
                         : "+c"(n)
                         :
                         : "cc");
#else
        for (int k = 0; k < 1000; k++)
            tare_hide(k);
#endif
    }
}

static int emit(const struct tare_host *host)
{
    return add_case(host, "planted_branch", NULL, run);
}

SUITE("boundary")
