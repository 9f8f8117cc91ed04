/* predict.h - what a run's network says about each sample of a split. */
#ifndef CLT_PREDICT_H
#define CLT_PREDICT_H

#include "network.h"
#include "run.h"

struct clt_predictions {
    size_t samples, classes;
    uint16_t *labels;     /* [samples], NULL where unknown */
    float *probabilities; /* [samples][classes]; all NaN where the scores have no finite loss */
    uint8_t *images;      /* [samples][features], NULL unless asked for */
    struct clt_shape input;
    char **class_names; /* [classes] or NULL */
};

/* Applies member `member` of a run that was trained or opened, with the weights that it has now.
 * samples = 0 where the split is empty. CLT_E_USAGE: there is no such member; CLT_E_DATA (where it
 * has no such checkpoint), CLT_E_DEVICE, CLT_E_STOPPED. */
enum clt_status clt_run_predict_now(struct clt_predictions **out, const struct clt_run *run,
                                    enum clt_split split, size_t member, bool with_images);
/* Opens a finished or interrupted run for that, by `options`. `which`: "last" or "best". Also fails
 * as clt_run_open() does. */
enum clt_status clt_run_predict(struct clt_predictions **out, const char *folder,
                                const struct clt_experiment_options *options, enum clt_split split,
                                const char *which, size_t member, bool with_images);
void clt_predictions_free(struct clt_predictions *predictions); /* NULL is fine */

/* The class of highest probability, the first of equals: what counts as a hit when it is the label.
 * `classes` itself where there is none, all being NaN. */
size_t clt_predictions_class(const struct clt_predictions *predictions, size_t sample);

#endif
