/* A program run to its end, without a shell. */
#ifndef TARE_BASE_CHILD_H
#define TARE_BASE_CHILD_H

#include <stdbool.h>

struct tare_child {
    const char *const *argv;  /* ends with NULL; argv[0] is looked up in PATH */
    char *const *environment; /* ends with NULL; NULL: this program's */
    const char *folder;       /* to run in; NULL: here */
    int out, err;             /* where its output goes, open files; its input is /dev/null */
    bool group;               /* a process group of its own: all it starts is ended with it, and the terminal's Ctrl-C
                                 does not reach it */
    double timeout_s;         /* then it is ended; 0: never */
    const volatile int *stop; /* when it becomes true it is asked to end, and ended 3 s later; NULL: never */
};

/* Runs it, with the signals as a program expects them. *status: its exit status, or 128 + the signal that ended it.
 * TARE_ENOENT: there is no such program. TARE_EIO: it cannot be started. TARE_ECRASH: its time was over. TARE_ESTOP. */
int tare_child_run(int *status, const struct tare_child *c);

#endif
