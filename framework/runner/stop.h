/* Ctrl-C: the first interrupt asks the run to stop, a second one ends the program. */
#ifndef TARE_RUNNER_STOP_H
#define TARE_RUNNER_STOP_H

void stop_watch(void);
extern volatile int stop_asked;

#endif
