#include "stop.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

/* Between the thread that waits for signals and the program's own. */
static atomic_int received;

static void *wait_for_signals(void *signals)
{
    int signal_number;
    for (;;) {
        if (sigwait(signals, &signal_number) != 0) continue;
        if (atomic_exchange(&received, signal_number)) _exit(128 + signal_number);
    }
    return NULL;
}

/* A thread rather than a handler: compilers inside drivers (LLVM in PoCL) install handlers of their
 * own while they build, which delete their temporary files and so make the build fail. Where every
 * thread blocks the signals, those are never called. */
void clt_stop_listen(void)
{
    static sigset_t signals;
    pthread_t thread;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (pthread_create(&thread, NULL, wait_for_signals, &signals) == 0)
        pthread_detach(thread);
    else
        pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

int clt_stop_signal(void)
{
    return atomic_load(&received);
}
