/* What peers share: the threads of their libraries, and how far their answers may lie apart. */
#include <math.h>
#include <sched.h>
#include <time.h>

#include "benches/peers/peer.h"
#include "framework/base/error.h"

struct kn_answer bench_peer_answer(const struct peer *p, const struct kn_case *c)
{
    /* A rounding is even in [-r, r], so that its deviation is r / sqrt 3; of random data it comes to that share of
     * the size which a result usually has: the scale. Both factors may be rounded. Ten deviations cover any element. */
    struct kn_answer a = kn_case_answer(c);
    if (p->rounding > 0 && a.scale == 0)
        a.scale = (double)c->in[0].scale; /* an element near 0 is no measure of such errors */
    a.bound += ceil(10 * sqrt(2.0 / 3) * p->rounding * 0x1p24);
    return a;
}

/* Threads inherit the CPUs of the one who starts them. */
static bool move_away(cpu_set_t *home, const struct peer_problem *p)
{
    cpu_set_t away;
    CPU_ZERO(&away);
    for (int i = p->n_threads > 1; p->cpus && i < p->n_threads; i++)
        if (p->cpus[i] >= 0 && p->cpus[i] < CPU_SETSIZE)
            CPU_SET(p->cpus[i], &away);
    return p->cpus && p->n_threads > 1 && sched_getaffinity(0, sizeof *home, home) == 0 &&
           sched_setaffinity(0, sizeof away, &away) == 0;
}

int bench_peer_open(const struct peer *peer, void **call, const struct peer_problem *p)
{
    cpu_set_t home;
    bool moved = move_away(&home, p);
    int rc = peer->open(call, p);
    if (rc == 0)
        peer->run(*call);
    if (moved)
        sched_setaffinity(0, sizeof home, &home);
    return rc;
}

void bench_peers_settle(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 150000 }, NULL);
}
