/* processor.h - what a compiler of this machine's CPU may use. */
#ifndef CLT_PROCESSOR_H
#define CLT_PROCESSOR_H

#include "text.h"

/* Adds a line each for model, features and the like, the same on every start. What a hypervisor
 * masks is not among the features. Nothing where the system has no /proc/cpuinfo. */
void clt_processor_describe(struct clt_text *text);

#endif
