/* Where the slots of a processor's pipeline go: top-down analysis, level 1 (Yasin, ISPASS 2014). */
#ifndef TARE_PLATFORM_TOPDOWN_H
#define TARE_PLATFORM_TOPDOWN_H

#include <stdbool.h>

enum tare_topdown_kind {
    TARE_TOPDOWN_NONE,
    TARE_TOPDOWN_SKYLAKE, /* cycles, IDQ_UOPS_NOT_DELIVERED.CORE, UOPS_RETIRED.RETIRE_SLOTS, UOPS_ISSUED.ANY,
                             INT_MISC.RECOVERY_CYCLES; 4 slots a cycle (LIKWID groups/CLX/TMA.txt) */
    TARE_TOPDOWN_SLOTS,   /* slots, topdown-retiring, -bad-spec, -fe-bound, -be-bound: Ice Lake and later */
    TARE_TOPDOWN_ZEN4,    /* ls_not_halted_cyc, de_no_dispatch_per_slot.no_ops_from_frontend, de_src_op_disp.all,
                             ex_ret_ops; 6 slots a cycle */
};

/* Shares of all slots; they add up to 1. */
struct tare_topdown {
    double frontend;        /* no instructions came */
    double bad_speculation; /* work that was thrown away */
    double retiring;        /* work that counted */
    double backend;         /* waited for data or for units (on Zen 4 for the other hyper-thread too) */
};

/* From the counts of a kind, in the order above. False when one is not a number or no cycle was counted. */
bool tare_topdown_compute(struct tare_topdown *t, enum tare_topdown_kind kind, const double *counts);

#endif
