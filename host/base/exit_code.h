/* exit_code.h - what the program leaves with, which run.json tells too. */
#ifndef CLT_EXIT_CODE_H
#define CLT_EXIT_CODE_H

#include "status.h"

enum clt_exit {
    CLT_EXIT_OK = 0,
    CLT_EXIT_MISSED = 1, /* an expectation, a check */
    CLT_EXIT_USAGE = 2,
    CLT_EXIT_DATA = 3,
    CLT_EXIT_DEVICE = 4,
    CLT_EXIT_OUTPUT = 5,
    CLT_EXIT_DIVERGED = 6,
    CLT_EXIT_SIGNAL = 128 /* plus the signal's number */
};

int clt_exit_code(enum clt_status status);

/* "SIGTERM"; "a signal" for one that is not taken. */
const char *clt_signal_name(int number);

#endif
