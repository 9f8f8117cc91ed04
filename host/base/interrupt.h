/* interrupt.h - whether the caller of something that takes long has had enough. */
#ifndef CLT_INTERRUPT_H
#define CLT_INTERRUPT_H

#include <stdbool.h>

#include "status.h"

struct clt_interrupt { /* all zero: nobody interrupts */
    bool (*asked)(void *self);
    void *self;
};

static inline bool clt_interrupt_is_asked(const struct clt_interrupt *interrupt)
{
    return interrupt->asked && interrupt->asked(interrupt->self);
}

/* CLT_E_STOPPED where it is asked. */
static inline enum clt_status clt_interrupt_check(const struct clt_interrupt *interrupt)
{
    return clt_interrupt_is_asked(interrupt) ? clt_fail(CLT_E_STOPPED, "asked to stop") : CLT_OK;
}

#endif
