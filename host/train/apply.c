#include "apply.h"

#include <stdlib.h>

struct clt_application {
    struct clt_feeder *feeder;
    struct clt_plan *plan;
    size_t classes, batch;
    float *columns; /* a batch of `classes`, as the device has it */
};

enum clt_status clt_application_create(struct clt_application **out, struct clt_feeder *feeder,
                                       const struct clt_model *model, size_t batch)
{
    enum clt_status st = CLT_OK;
    struct clt_application *application = calloc(1, sizeof *application);
    *out = NULL;
    if (!application) return clt_fail(CLT_E_NOMEM, "no memory to apply the network");
    application->feeder = feeder;
    application->classes = model->network->classes;
    application->batch = batch;
    TRY(clt_plan_create(&application->plan, model, false, batch));
    application->columns =
        calloc(clt_plan_probabilities(application->plan).stride, sizeof *application->columns);
    if (!application->columns) TRY(clt_fail(CLT_E_NOMEM, "no memory for %zu samples", batch));
    *out = application;
    application = NULL;
done:
    clt_application_free(application);
    return st;
}

void clt_application_free(struct clt_application *application)
{
    if (!application) return;
    clt_plan_free(application->plan);
    free(application->columns);
    free(application);
}

size_t clt_application_batch(const struct clt_application *application)
{
    return application->batch;
}

enum clt_status clt_application_run(struct clt_application *application, size_t first)
{
    enum clt_status st = CLT_OK;
    const struct clt_feed_row row = {.first = clt_feeder_place_of(application->feeder, first)};
    TRY(clt_feeder_announce(application->feeder, &row, NULL, 1, application->batch));
    TRY(clt_plan_enqueue(application->plan));
done:
    return st;
}

enum clt_status clt_application_read(float *out, struct clt_application *application, size_t member,
                                     size_t n)
{
    enum clt_status st = CLT_OK;
    const size_t classes = application->classes;
    const struct clt_plan_values values = clt_plan_probabilities(application->plan);
    float *columns = application->columns;
    TRY(clt_buffer_read(values.view.buffer,
                        (values.view.offset + member * values.stride) * sizeof *columns, columns,
                        values.stride * sizeof *columns));
    for (size_t b = 0; b < n; b++)
        for (size_t c = 0; c < classes; c++)
            out[b * classes + c] = columns[clt_batch_at(&values.batch, classes, c, b)];
done:
    return st;
}

enum clt_status clt_application_step(float *out, struct clt_application *application, size_t member,
                                     size_t first, size_t n)
{
    enum clt_status st = CLT_OK;
    TRY(clt_application_run(application, first));
    TRY(clt_application_read(out, application, member, n));
done:
    return st;
}
