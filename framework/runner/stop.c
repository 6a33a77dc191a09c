#include "framework/runner/stop.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

volatile int stop_asked;
static bool for_good;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static void watch(int number)
{
    struct sigaction a = { .sa_handler = on_signal, .sa_flags = for_good ? 0 : (int)SA_RESETHAND };
    sigemptyset(&a.sa_mask);
    sigaction(number, &a, NULL);
}

void stop_watch(void)
{
    watch(SIGINT);
    watch(SIGTERM);
}

void stop_watch_for_good(void)
{
    struct sigaction hangup;
    for_good = true;
    stop_watch();
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* not under nohup(1) */
        watch(SIGHUP);
}
