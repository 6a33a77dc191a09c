/* Ctrl-C: the first interrupt asks the run to stop, a second one ends the program. */
#ifndef TARE_RUNNER_STOP_H
#define TARE_RUNNER_STOP_H

void stop_watch(void);

/* From now on a second interrupt does not end the program either: something would be left behind. */
void stop_watch_for_good(void);

extern volatile int stop_asked;

#endif
