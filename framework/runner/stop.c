#include "framework/runner/stop.h"

#include <signal.h>
#include <stddef.h>

volatile int stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

void stop_watch(void)
{
    struct sigaction a = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    sigemptyset(&a.sa_mask);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
}
