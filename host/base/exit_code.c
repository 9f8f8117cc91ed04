#include "exit_code.h"

#include <signal.h>

int clt_exit_code(enum clt_status status)
{
    switch (status) {
    case CLT_E_USAGE:
    case CLT_E_CONFIG:
    case CLT_E_SHAPE: return CLT_EXIT_USAGE;
    case CLT_E_DATA: return CLT_EXIT_DATA;
    case CLT_E_DEVICE:
    case CLT_E_NOMEM: return CLT_EXIT_DEVICE;
    case CLT_E_OUTPUT: return CLT_EXIT_OUTPUT;
    case CLT_E_DIVERGED: return CLT_EXIT_DIVERGED;
    case CLT_OK:
    case CLT_E_STOPPED: break;
    }
    return CLT_EXIT_OK;
}

const char *clt_signal_name(int number)
{
    switch (number) {
    case SIGHUP: return "SIGHUP";
    case SIGINT: return "SIGINT";
    case SIGTERM: return "SIGTERM";
    default: return "a signal";
    }
}
