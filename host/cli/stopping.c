#include "stopping.h"

#include <stdio.h>

#include "clock.h"
#include "exit_code.h"
#include "stop.h"

#define RESERVE_SHARE 0.05
#define RESERVE_MOST  60.0 /* seconds */
#define RESERVE_LEAST 1.0
#define SAVINGS       2 /* the last checkpoint may take longer than any before */

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

void clt_stopping_start(struct clt_stopping *stopping, const struct clt_options *options)
{
    const double share = smaller(RESERVE_SHARE * options->max_time, RESERVE_MOST);
    *stopping = (struct clt_stopping){.start = options->start, .limit = options->max_time};
    stopping->reserve =
        smaller(share > RESERVE_LEAST ? share : RESERVE_LEAST, options->max_time / 2);
    if (options->max_time > 0)
        snprintf(stopping->limit_reason, sizeof stopping->limit_reason,
                 "time limit of %.40s reached", options->max_time_text);
}

const struct clt_stop *clt_stopping_ask(struct clt_stopping *stopping)
{
    const int number = clt_stop_signal();
    struct clt_stop *stop = &stopping->stop;
    const double reserve = stopping->spent ? 0 : stopping->reserve;
    const double end = stopping->start + stopping->limit - reserve;
    if (stop->reason && stop->signal) return stop;
    if (number) {
        snprintf(stopping->signal_reason, sizeof stopping->signal_reason, "stopped by %s",
                 clt_signal_name(number));
        *stop = (struct clt_stop){stopping->signal_reason, number};
        return stop;
    }
    if (stopping->limit == 0 || clt_clock_seconds() < end) return NULL;
    *stop = (struct clt_stop){stopping->limit_reason, 0};
    return stop;
}

void clt_stopping_note_saving(struct clt_stopping *stopping, double seconds)
{
    const double wanted = smaller(SAVINGS * seconds, stopping->limit / 2);
    if (wanted > stopping->reserve) stopping->reserve = wanted;
}

void clt_stopping_spend(struct clt_stopping *stopping, bool spend)
{
    stopping->spent = spend;
}

static bool is_asked(void *self)
{
    return clt_stopping_ask(self) != NULL;
}

struct clt_interrupt clt_stopping_interrupt(struct clt_stopping *stopping)
{
    return (struct clt_interrupt){is_asked, stopping};
}
