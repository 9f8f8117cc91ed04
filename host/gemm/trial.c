#include "trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "checked.h"
#include "clock.h"
#include "philox.h"
#include "ref.h"

#define PATTERN 65521 /* random values, repeated: a prime, so that no two rows are alike */
#define SAMPLES 64

/* An update with these is as sensitive to a gradient's last bits as can be, and however often it is
 * repeated, the weights stay within bounds. */
#define RATE  1.0f
#define DECAY 0.5f

struct array {
    struct clt_buffer buffer;
    float *values; /* what the buffer starts with */
    size_t count;
};

struct clt_trial {
    struct clt_device *device;
    struct clt_asked_product work;
    struct array w, x, y;
    struct array sums;  /* of an update: the gradient's place between blocks */
    struct array *into; /* the product's result; its values are poison, unless it is updated */
    struct clt_buffer cursor, rates, frozen, overflow;
    float *reference, *result; /* [into->count] */
};

struct counts {
    size_t w, x, y;
};

static bool count(struct counts *out, const struct clt_asked_product *work)
{
    const struct clt_dense *d = &work->dense;
    return clt_multiply(&out->w, d->in, d->out) && clt_multiply(&out->w, out->w, d->members) &&
           clt_multiply(&out->x, d->in, d->batch.pitch) &&
           clt_multiply(&out->x, out->x,
                        d->shared && work->product != CLT_INPUT_GRADIENT ? 1 : d->members) &&
           clt_multiply(&out->y, d->out, d->batch.pitch) &&
           clt_multiply(&out->y, out->y, d->members);
}

bool clt_trial_memory(size_t *out, const struct clt_asked_product *work)
{
    struct counts n = {0};
    return count(&n, work) && clt_add(out, n.w, n.x) && clt_add(out, *out, n.y) &&
           clt_add(out, *out, work->update ? n.w : 0) && clt_multiply(out, *out, sizeof(float));
}

static void fill(struct array *array, const float *pattern, size_t offset)
{
    for (size_t i = 0; i < array->count; i++) array->values[i] = pattern[(i + offset) % PATTERN];
}

static enum clt_status create_array(struct array *out, struct clt_trial *trial, size_t n)
{
    enum clt_status st = CLT_OK;
    out->count = n;
    out->values = malloc(n * sizeof *out->values);
    if (!out->values) return clt_fail(CLT_E_NOMEM, "no memory for measuring a product");
    TRY(clt_buffer_create(&out->buffer, trial->device, n * sizeof *out->values));
done:
    return st;
}

static enum clt_status send(struct array *array)
{
    return clt_buffer_write(&array->buffer, 0, array->values, array->count * sizeof *array->values);
}

static enum clt_status create_values(struct clt_trial *trial)
{
    enum clt_status st = CLT_OK;
    float *pattern = malloc(PATTERN * sizeof *pattern);
    if (!pattern) return clt_fail(CLT_E_NOMEM, "no memory for measuring a product");
    for (size_t i = 0; i < PATTERN; i++)
        pattern[i] = (float)(2 * clt_random_uniform(1, CLT_RANDOM_SEARCH, 0, i) - 1);
    struct array *const arrays[] = {&trial->w, &trial->x, &trial->y};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        fill(arrays[i], pattern, i * PATTERN / 3);
        if (arrays[i] == trial->into && !trial->work.update)
            memset(arrays[i]->values, 0xFF, arrays[i]->count * sizeof *arrays[i]->values);
        TRY(send(arrays[i]));
    }
done:
    free(pattern);
    return st;
}

static enum clt_status create_update(struct clt_trial *trial)
{
    enum clt_status st = CLT_OK;
    const size_t members = trial->work.dense.members;
    float *rates = calloc(CLT_RATES * members, sizeof *rates);
    if (!rates) return clt_fail(CLT_E_NOMEM, "no memory for measuring a product");
    for (size_t p = 0; p < members; p++) {
        rates[CLT_RATES * p] = RATE;
        rates[CLT_RATES * p + 1] = DECAY;
    }
    TRY(create_array(&trial->sums, trial, trial->w.count));
    TRY(clt_buffer_create(&trial->cursor, trial->device, 2 * sizeof(uint32_t)));
    TRY(clt_buffer_create(&trial->rates, trial->device, CLT_RATES * members * sizeof *rates));
    TRY(clt_buffer_create(&trial->frozen, trial->device, members * sizeof(uint64_t)));
    TRY(clt_buffer_create(&trial->overflow, trial->device, members * sizeof(uint32_t)));
    TRY(clt_buffer_zero(&trial->cursor));
    TRY(clt_buffer_zero(&trial->frozen));
    TRY(clt_buffer_zero(&trial->overflow));
    TRY(clt_buffer_write(&trial->rates, 0, rates, CLT_RATES * members * sizeof *rates));
done:
    free(rates);
    return st;
}

static struct array *result_of(struct clt_trial *trial)
{
    switch (trial->work.product) {
    case CLT_FORWARD: return &trial->y;
    case CLT_INPUT_GRADIENT: return &trial->x;
    case CLT_WEIGHT_GRADIENT: break;
    }
    return &trial->w;
}

enum clt_status clt_trial_create(struct clt_trial **out, struct clt_device *device,
                                 const struct clt_asked_product *work)
{
    enum clt_status st = CLT_OK;
    struct counts n = {0};
    struct clt_trial *trial = calloc(1, sizeof *trial);
    *out = NULL;
    if (!trial || !count(&n, work)) TRY(clt_fail(CLT_E_NOMEM, "no memory for measuring a product"));
    trial->device = device;
    trial->work = *work;
    trial->into = result_of(trial);
    TRY(create_array(&trial->w, trial, n.w));
    TRY(create_array(&trial->x, trial, n.x));
    TRY(create_array(&trial->y, trial, n.y));
    TRY(create_values(trial));
    if (work->update) TRY(create_update(trial));
    trial->reference = malloc(trial->into->count * sizeof *trial->reference);
    trial->result = malloc(trial->into->count * sizeof *trial->result);
    if (!trial->reference || !trial->result)
        TRY(clt_fail(CLT_E_NOMEM, "no memory for measuring a product"));
    *out = trial;
    trial = NULL;
done:
    clt_trial_free(trial);
    return st;
}

static void free_array(struct array *array)
{
    clt_buffer_free(&array->buffer);
    free(array->values);
}

void clt_trial_free(struct clt_trial *trial)
{
    if (!trial) return;
    free_array(&trial->w);
    free_array(&trial->x);
    free_array(&trial->y);
    free_array(&trial->sums);
    clt_buffer_free(&trial->cursor);
    clt_buffer_free(&trial->rates);
    clt_buffer_free(&trial->frozen);
    clt_buffer_free(&trial->overflow);
    free(trial->reference);
    free(trial->result);
    free(trial);
}

static struct clt_view view(const struct array *array)
{
    return (struct clt_view){&array->buffer, 0};
}

enum clt_status clt_trial_prepare(struct clt_launch_list **out, struct clt_trial *trial,
                                  const struct clt_method *method)
{
    enum clt_status st = CLT_OK;
    struct clt_launch_list *list = NULL;
    const struct clt_view w = view(&trial->w), x = view(&trial->x), y = view(&trial->y);
    const struct clt_weight_update update = {
        w, &trial->cursor, &trial->rates, &trial->frozen, &trial->overflow, 0};
    struct clt_product_call call = {.work = trial->work, .c = y, .a = w, .b = x};
    if (trial->work.product == CLT_INPUT_GRADIENT)
        call = (struct clt_product_call){.work = trial->work, .c = x, .a = w, .b = y};
    if (trial->work.product == CLT_WEIGHT_GRADIENT)
        call = (struct clt_product_call){.work = trial->work, .c = w, .a = y, .b = x};
    if (trial->work.update) {
        call.c = view(&trial->sums);
        call.update = &update;
    }
    *out = NULL;
    TRY(clt_launch_list_create(&list, trial->device, CLT_FLOAT));
    TRY(clt_product_append(list, &call, method));
    *out = list;
    list = NULL;
done:
    clt_launch_list_free(list);
    return st;
}

static enum clt_status compute(float *result, struct clt_trial *trial,
                               const struct clt_launch_list *launch)
{
    enum clt_status st = CLT_OK;
    struct array *into = trial->into;
    TRY(send(into));
    TRY(clt_launch_list_enqueue(launch));
    TRY(clt_buffer_read(&into->buffer, 0, result, into->count * sizeof *result));
done:
    return st;
}

/* --- the order class's chain --- */

static size_t w_at(const struct clt_dense *d, size_t member, size_t out, size_t in)
{
    return (member * d->out + out) * d->in + in;
}

static size_t x_at(const struct clt_trial *trial, size_t member, size_t in, size_t sample)
{
    const struct clt_dense *d = &trial->work.dense;
    const bool one = d->shared && trial->work.product != CLT_INPUT_GRADIENT;
    return (one ? 0 : member * d->in * d->batch.pitch) + clt_batch_at(&d->batch, d->in, in, sample);
}

static size_t y_at(const struct clt_dense *d, size_t member, size_t out, size_t sample)
{
    return member * d->out * d->batch.pitch + clt_batch_at(&d->batch, d->out, out, sample);
}

/* What element (row, column) of a member has to be, and its place in the result. `a` and `b`:
 * [k], scratch. */
static float expected(size_t *place, const struct clt_trial *trial, size_t member, size_t row,
                      size_t column, double *a, double *b)
{
    const struct clt_dense *d = &trial->work.dense;
    const float *w = trial->w.values, *x = trial->x.values, *y = trial->y.values;
    const size_t depth = clt_product_size(&trial->work).k;
    for (size_t k = 0; k < depth; k++) switch (trial->work.product) {
        case CLT_FORWARD:
            *place = y_at(d, member, row, column);
            a[k] = (double)w[w_at(d, member, row, k)];
            b[k] = (double)x[x_at(trial, member, k, column)];
            break;
        case CLT_INPUT_GRADIENT:
            *place = x_at(trial, member, row, column);
            a[k] = (double)w[w_at(d, member, k, row)];
            b[k] = (double)y[y_at(d, member, k, column)];
            break;
        case CLT_WEIGHT_GRADIENT:
            *place = w_at(d, member, row, column);
            a[k] = (double)y[y_at(d, member, row, k)];
            b[k] = (double)x[x_at(trial, member, column, k)];
            break;
        }
    const struct clt_ref_gemm dot = {
        .m = 1, .n = 1, .k = depth, .c_ld = 1, .a_ld = depth, .b_ld = 1};
    double chain;
    clt_ref_gemm_chain(&dot, &chain, a, b);
    if (!trial->work.update) return (float)chain;
    return fmaf(-RATE, fmaf(DECAY, w[*place], (float)chain), w[*place]);
}

static enum clt_status check_chain(bool *is_chain, const struct clt_trial *trial)
{
    const struct clt_product_size size = clt_product_size(&trial->work);
    double *a = malloc(2 * size.k * sizeof *a);
    if (!a) return clt_fail(CLT_E_NOMEM, "no memory for measuring a product");
    *is_chain = true;
    for (size_t i = 0; i < SAMPLES; i++) {
        /* The corners, and what lies between them, in steps that share no factor with a tile. */
        const size_t row = i < 4 ? (i & 1) * (size.m - 1) : i * 7919 % size.m;
        const size_t column = i < 4 ? (i >> 1) * (size.n - 1) : i * 6151 % size.n;
        size_t place = 0;
        const float wanted =
            expected(&place, trial, i % trial->work.dense.members, row, column, a, a + size.k);
        if (!(trial->reference[place] == wanted)) *is_chain = false;
    }
    free(a);
    return CLT_OK;
}

enum clt_status clt_trial_set_reference(bool *is_chain, struct clt_trial *trial,
                                        const struct clt_launch_list *launch)
{
    enum clt_status st = CLT_OK;
    TRY(compute(trial->reference, trial, launch));
    TRY(check_chain(is_chain, trial));
done:
    return st;
}

enum clt_status clt_trial_is_equal(bool *out, struct clt_trial *trial,
                                   const struct clt_launch_list *launch)
{
    enum clt_status st = CLT_OK;
    TRY(compute(trial->result, trial, launch));
    *out = memcmp(trial->result, trial->reference, trial->into->count * sizeof *trial->result) == 0;
done:
    return st;
}

enum clt_status clt_trial_time(double *seconds, struct clt_trial *trial,
                               const struct clt_launch_list *launch, size_t repeats)
{
    enum clt_status st = CLT_OK;
    const double start = clt_clock_seconds();
    for (size_t i = 0; i < repeats; i++) TRY(clt_launch_list_enqueue(launch));
    TRY(clt_device_finish(trial->device));
    *seconds = (clt_clock_seconds() - start) / (double)repeats;
done:
    return st;
}
