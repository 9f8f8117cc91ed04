/* apply.h - what the networks of a model make of samples: probabilities on the host. */
#ifndef CLT_APPLY_H
#define CLT_APPLY_H

#include "feeder.h"
#include "plan.h"

struct clt_application; /* borrows feeder and model */

/* In steps of `batch` samples. */
enum clt_status clt_application_create(struct clt_application **out, struct clt_feeder *feeder,
                                       const struct clt_model *model, size_t batch);
void clt_application_free(struct clt_application *application); /* NULL is fine */
size_t clt_application_batch(const struct clt_application *application);

/* One step, on a whole batch from the pool's sample `first` on. */
enum clt_status clt_application_run(struct clt_application *application, size_t first);
/* What member `member` said about the first `n` samples of the last step: out [n][classes]. */
enum clt_status clt_application_read(float *out, struct clt_application *application, size_t member,
                                     size_t n);
/* Both: one step, on a whole batch from the pool's sample `first` on. Of its first `n` samples out
 * [n][classes] receives what member `member` says. */
enum clt_status clt_application_step(float *out, struct clt_application *application, size_t member,
                                     size_t first, size_t n);

#endif
