#include "predict.h"

#include <stdlib.h>
#include <string.h>

#include <cltrain/classifier.h>

#include "apply.h"
#include "parts.h"
#include "run.h"

size_t clt_predictions_class(const struct clt_predictions *predictions, size_t sample)
{
    return clt_best_class(predictions->probabilities + sample * predictions->classes,
                          predictions->classes);
}

static enum clt_status copy_names(struct clt_predictions *out, char *const *names)
{
    if (!names) return CLT_OK;
    out->class_names = calloc(out->classes, sizeof *out->class_names);
    if (!out->class_names) return clt_fail(CLT_E_NOMEM, "no memory for the names of the classes");
    for (size_t c = 0; c < out->classes; c++)
        if (!(out->class_names[c] = strdup(names[c])))
            return clt_fail(CLT_E_NOMEM, "no memory for the names of the classes");
    return CLT_OK;
}

static enum clt_status predictions_create(struct clt_predictions **out,
                                          const struct clt_experiment *experiment,
                                          struct clt_range range)
{
    const struct clt_dataset *dataset = experiment->dataset;
    struct clt_predictions *predictions = calloc(1, sizeof *predictions);
    *out = predictions;
    if (!predictions) return clt_fail(CLT_E_NOMEM, "no memory for the predictions");
    predictions->samples = range.count;
    predictions->classes = dataset->classes;
    predictions->input = experiment->network->input;
    /* One element more, so that an empty split is no failure. */
    predictions->labels = calloc(range.count + 1, sizeof *predictions->labels);
    predictions->probabilities = calloc(range.count * dataset->classes + 1, sizeof(float));
    if (!predictions->labels || !predictions->probabilities)
        return clt_fail(CLT_E_NOMEM, "no memory for the predictions of %zu samples", range.count);
    memcpy(predictions->labels, dataset->labels + range.first,
           range.count * sizeof *predictions->labels);
    return copy_names(predictions, dataset->class_names);
}

static enum clt_status read_images(struct clt_predictions *predictions,
                                   const struct clt_experiment *experiment, struct clt_range range)
{
    const size_t features = experiment->dataset->features;
    predictions->images = calloc(range.count * features + 1, 1);
    if (!predictions->images)
        return clt_fail(CLT_E_NOMEM, "no memory for the images of %zu samples", range.count);
    return clt_feeder_read_images(experiment->feeder, range.first, predictions->images,
                                  range.count);
}

/* `steps` batches of the same size from sample `first` on. */
static enum clt_status predict_batches(float *out, const struct clt_experiment *experiment,
                                       size_t member, size_t first, size_t batch, size_t steps)
{
    enum clt_status st = CLT_OK;
    const size_t classes = experiment->dataset->classes;
    struct clt_application *application = NULL;
    TRY(clt_application_create(&application, experiment->feeder, experiment->model, batch));
    for (size_t i = 0; i < steps; i++) {
        TRY(clt_interrupt_check(&experiment->interrupt));
        TRY(clt_application_step(out + i * batch * classes, application, member, first + i * batch,
                                 batch));
    }
done:
    clt_application_free(application);
    return st;
}

/* In the batches in which the range is measured, so that both see the same bits. */
static enum clt_status predict_range(float *out, const struct clt_experiment *experiment,
                                     size_t member, struct clt_range range)
{
    enum clt_status st = CLT_OK;
    const size_t batch = clt_experiment_evaluation_batch(experiment);
    const size_t steps = range.count / batch, rest = range.count % batch, whole = steps * batch;
    if (steps) TRY(predict_batches(out, experiment, member, range.first, batch, steps));
    if (rest)
        TRY(predict_batches(out + whole * experiment->dataset->classes, experiment, member,
                            range.first + whole, rest, 1));
done:
    return st;
}

enum clt_status clt_run_predict_now(struct clt_predictions **out, const struct clt_run *run,
                                    enum clt_split split, size_t member, bool with_images)
{
    enum clt_status st = CLT_OK;
    struct clt_predictions *predictions = NULL;
    *out = NULL;
    TRY(clt_run_check_member(run, member));
    const struct clt_range range = clt_run_range(run, split);
    TRY(predictions_create(&predictions, run->experiment, range));
    if (with_images) TRY(read_images(predictions, run->experiment, range));
    TRY(predict_range(predictions->probabilities, run->experiment, member, range));
    *out = predictions;
    predictions = NULL;
done:
    clt_predictions_free(predictions);
    return st;
}

enum clt_status clt_run_predict(struct clt_predictions **out, const char *folder,
                                const struct clt_experiment_options *options, enum clt_split split,
                                const char *which, size_t member, bool with_images)
{
    enum clt_status st = CLT_OK;
    struct clt_run *run = NULL;
    char *trained_in = NULL;
    *out = NULL;
    TRY(clt_parts_locate(&trained_in, &member, folder, member));
    TRY(clt_run_open_with(&run, trained_in, which, options));
    TRY(clt_run_predict_now(out, run, split, member, with_images));
done:
    free(trained_in);
    clt_run_free(run);
    return st;
}

void clt_predictions_free(struct clt_predictions *predictions)
{
    if (!predictions) return;
    for (size_t c = 0; predictions->class_names && c < predictions->classes; c++)
        free(predictions->class_names[c]);
    free(predictions->class_names);
    free(predictions->labels);
    free(predictions->probabilities);
    free(predictions->images);
    free(predictions);
}
