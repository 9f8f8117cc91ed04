#include "differences.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "philox.h"

struct side {
    double *values, *losses; /* [members]: of the element that is moved; of the batch */
    uint8_t *patterns;       /* [members][pattern size] */
};

struct differences {
    struct clt_probe *probe;
    const struct clt_experiment *experiment;
    double *numeric;
    size_t *left_out;
    const double *point;
    double step;
    struct side upper, lower; /* at w + h and w - h */
};

static void side_free(struct side *side)
{
    free(side->values);
    free(side->losses);
    free(side->patterns);
}

static enum clt_status side_create(struct side *out, const struct clt_probe *probe)
{
    const size_t members = clt_probe_experiment(probe)->config->members;
    out->values = calloc(members, sizeof *out->values);
    out->losses = calloc(members, sizeof *out->losses);
    out->patterns = calloc(members, clt_probe_pattern_size(probe) + 1);
    if (!out->values || !out->losses || !out->patterns)
        return clt_fail(CLT_E_NOMEM, "no memory for the differences");
    return CLT_OK;
}

/* The element at the point plus `offset`, for every member, as the device holds it. */
static enum clt_status move(const struct differences *d, double *values, size_t segment,
                            size_t element, double offset)
{
    for (size_t p = 0; p < d->experiment->config->members; p++) {
        const double w =
            d->point[clt_network_offset(d->experiment->network, segment, p) + element] + offset;
        values[p] = d->experiment->real == CLT_DOUBLE ? w : (double)(float)w;
    }
    return clt_probe_set(d->probe, segment, element, values);
}

static enum clt_status visit(const struct differences *d, struct side *side, size_t segment,
                             size_t element, double offset)
{
    enum clt_status st = CLT_OK;
    TRY(move(d, side->values, segment, element, offset));
    TRY(clt_probe_losses(d->probe, side->losses));
    TRY(clt_probe_pattern(d->probe, side->patterns));
done:
    return st;
}

/* The sum of squares is not summed: all its other terms are the same on both sides, and would only
 * bring their rounding in. */
static double quotient(const struct differences *d, const struct clt_segment *segment,
                       size_t member)
{
    const double upper = d->upper.values[member], lower = d->lower.values[member];
    const double lambda =
        segment->kind == CLT_SEGMENT_WEIGHT ? d->experiment->members[member]->train.l2 : 0;
    const double losses = d->upper.losses[member] - d->lower.losses[member];
    return (losses + lambda * (upper * upper - lower * lower)) / (upper - lower);
}

static bool passes_kink(const struct differences *d, size_t member)
{
    const size_t size = clt_probe_pattern_size(d->probe);
    return memcmp(d->upper.patterns + member * size, d->lower.patterns + member * size, size) != 0;
}

static enum clt_status differ_in(struct differences *d, size_t segment, size_t element)
{
    enum clt_status st = CLT_OK;
    const struct clt_network *network = d->experiment->network;
    TRY(visit(d, &d->upper, segment, element, d->step));
    TRY(visit(d, &d->lower, segment, element, -d->step));
    for (size_t p = 0; p < network->members; p++)
        if (passes_kink(d, p))
            d->left_out[segment * network->members + p]++;
        else
            d->numeric[clt_network_offset(network, segment, p) + element] =
                quotient(d, &network->segments[segment], p);
    TRY(move(d, d->upper.values, segment, element, 0));
done:
    return st;
}

/* Elements of a segment, one drawn from each of `count` equal parts. */
static enum clt_status differ_in_segment(struct differences *d, size_t segment, size_t count)
{
    enum clt_status st = CLT_OK;
    const size_t size = d->experiment->network->segments[segment].size;
    for (size_t i = 0; i < count; i++) {
        const size_t first = i * size / count, next = (i + 1) * size / count;
        TRY(clt_interrupt_check(&d->experiment->interrupt));
        const double u = clt_random_uniform(0, CLT_RANDOM_SEARCH, (uint32_t)segment, i);
        TRY(differ_in(d, segment, first + (size_t)(u * (double)(next - first))));
    }
done:
    return st;
}

enum clt_status clt_differences(struct clt_probe *probe, double *numeric, size_t *left_out,
                                const double *point, double step, size_t coordinates)
{
    enum clt_status st = CLT_OK;
    struct differences d = {.probe = probe,
                            .experiment = clt_probe_experiment(probe),
                            .numeric = numeric,
                            .left_out = left_out,
                            .point = point,
                            .step = step};
    const struct clt_network *network = d.experiment->network;
    TRY(side_create(&d.upper, probe));
    TRY(side_create(&d.lower, probe));
    for (size_t i = 0; i < network->n_parameters; i++) numeric[i] = NAN;
    memset(left_out, 0, network->n_segments * network->members * sizeof *left_out);
    for (size_t s = 0; s < network->n_segments; s++) {
        const struct clt_segment *segment = &network->segments[s];
        if (clt_segment_is_running(segment)) continue;
        TRY(differ_in_segment(&d, s, segment->size < coordinates ? segment->size : coordinates));
    }
done:
    side_free(&d.upper);
    side_free(&d.lower);
    return st;
}
