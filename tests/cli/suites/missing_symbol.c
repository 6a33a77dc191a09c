/* A shared object that is no suite: it exports something else. */
#include <tare/bench.h>

TARE_EXPORT int not_a_suite(void);

int not_a_suite(void)
{
    return 1;
}
