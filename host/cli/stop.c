#include "stop.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "exit_code.h"

/* Between the thread that waits for signals and the program's own. */
static atomic_int received;
static atomic_bool held, checkpoint;

struct listener {
    sigset_t signals;
    void (*words)(int signal_number);
};

static void *wait_for_signals(void *self)
{
    const struct listener *listener = self;
    int signal_number;
    for (;;) {
        if (sigwait(&listener->signals, &signal_number) != 0) continue;
        if (signal_number == SIGUSR1) {
            atomic_store(&checkpoint, true);
            continue;
        }
        const bool first = atomic_exchange(&received, signal_number) == 0;
        if (first && atomic_load(&held)) continue;
        if (first && listener->words) listener->words(signal_number);
        _exit(CLT_EXIT_SIGNAL + signal_number);
    }
    return NULL;
}

static bool is_ignored(int signal_number)
{
    struct sigaction action;
    return sigaction(signal_number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* A thread rather than a handler: compilers inside drivers (LLVM in PoCL) install handlers of their
 * own while they build, which delete their temporary files and so make the build fail. Where every
 * thread blocks the signals, those are never called. */
void clt_stop_listen(void (*words)(int signal_number))
{
    static struct listener listener;
    pthread_t thread;
    listener.words = words;
    sigemptyset(&listener.signals);
    sigaddset(&listener.signals, SIGINT);
    sigaddset(&listener.signals, SIGTERM);
    sigaddset(&listener.signals, SIGUSR1);
    if (!is_ignored(SIGHUP)) sigaddset(&listener.signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &listener.signals, NULL);
    if (pthread_create(&thread, NULL, wait_for_signals, &listener) == 0)
        pthread_detach(thread);
    else
        pthread_sigmask(SIG_UNBLOCK, &listener.signals, NULL);
}

void clt_stop_hold(void)
{
    atomic_store(&held, true);
}

int clt_stop_signal(void)
{
    return atomic_load(&received);
}

bool clt_stop_wants_checkpoint(void)
{
    return atomic_exchange(&checkpoint, false);
}
