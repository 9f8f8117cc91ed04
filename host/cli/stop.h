/* stop.h - signals as wishes: SIGINT, SIGTERM and SIGHUP to stop, SIGUSR1 for a checkpoint. */
#ifndef CLT_STOP_H
#define CLT_STOP_H

#include <stdbool.h>

/* From now on, before the first thread, signals are taken by a thread of their own: those threads
 * that are there already still end by the signal. SIGHUP is left alone where it is ignored already,
 * as below nohup. `words`: what the program says before a signal ends it, in that thread; NULL:
 * nothing. */
void clt_stop_listen(void (*words)(int signal_number));
/* There is something to lose now: the first signal is only noted. Before that, and by a second
 * one, the program ends at once. */
void clt_stop_hold(void);
/* The signal that came, or 0. */
int clt_stop_signal(void);
/* Whether a checkpoint was wished for since the last time that this was asked. */
bool clt_stop_wants_checkpoint(void);

#endif
