/* duration.h - lengths of time on the command line. */
#ifndef CLT_DURATION_H
#define CLT_DURATION_H

#include "status.h"

/* Seconds of "90", "90s", "30m", "2h", "1.5d", "MM:SS", "HH:MM:SS", or as Slurm writes days,
 * "D-HH[:MM[:SS]]". Above 0. CLT_E_USAGE, naming `option`. */
enum clt_status clt_duration_parse(double *seconds, const char *option, const char *text);

#endif
