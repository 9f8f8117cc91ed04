/* tuning.h - choosing by measurement how each product is computed.
 *
 * A method counts only where its results equal the default's bit for bit, so that no choice can
 * change what a run computes. What was measured is kept in a table on disk, for all runs on the
 * same device; a plan takes what the table says when it is built. */
#ifndef CLT_TUNING_H
#define CLT_TUNING_H

#include "interrupt.h"
#include "method.h"

struct clt_choices;

/* A product, and how it is computed. */
struct clt_tuned {
    struct clt_asked_product work;
    struct clt_method method;
    bool measured;                   /* now or by an earlier run; else the default is taken */
    double seconds, default_seconds; /* of the method and of the default; 0: not measured */
    double clblast_seconds;          /* 0: not measured */
};

/* All products that plans have asked of the backend so far and that have a choice, in that order;
 * the backend's, until another plan is built. */
const struct clt_tuned *clt_gemm_tuned(const struct clt_gemm *gemm, size_t *count);
size_t clt_gemm_unmeasured(const struct clt_gemm *gemm);

struct clt_tuning_options {
    double seconds; /* when they are over, no more is tried */
    bool again;     /* measure also what is in the table */
    bool clblast;   /* time CLBlast too where it is none of the choices; compiles it */
    struct clt_interrupt interrupt; /* asked before each trial; what was begun does not count */
    void *self;
    /* Before each product, `done` of `total` are measured. NULL is fine. */
    void (*progress)(void *self, size_t done, size_t total);
};

/* Measures products of that list, in its order, on memory of its own, and saves the table. Plans
 * that were built before keep their methods. CLT_E_DEVICE, CLT_E_NOMEM; CLT_E_OUTPUT: all was
 * measured, but the table could not be saved. */
enum clt_status clt_gemm_tune(struct clt_gemm *gemm, const struct clt_tuning_options *options);

#endif
