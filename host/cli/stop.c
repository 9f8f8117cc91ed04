#include "stop.h"

#include <signal.h>
#include <stddef.h>

/* A handler can reach nothing but static storage. */
static volatile sig_atomic_t received;

static void note(int signal_number)
{
    received = signal_number;
}

void clt_stop_listen(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int clt_stop_signal(void)
{
    return received;
}
