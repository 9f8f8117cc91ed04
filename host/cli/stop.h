/* stop.h - SIGINT and SIGTERM as a wish to stop. */
#ifndef CLT_STOP_H
#define CLT_STOP_H

/* From now on the first such signal is only noted; a second one ends the program at once. Before
 * the first thread: those that are there already still end by the signal. */
void clt_stop_listen(void);
/* The signal that came, or 0. */
int clt_stop_signal(void);

#endif
