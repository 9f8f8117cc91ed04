#include <stdlib.h>

#include "parts.h"
#include "philox.h"

#define MOST_PRODUCTS 2000 /* of a call: drivers hold memory for every launch that is queued */

const struct clt_product_case *clt_product_cases(size_t *count)
{
    static const struct clt_product_case cases[] = {
        {"gemm-50x100x3072", {50, 100, 3072, false, false}},
        {"gemm-50x3072x100", {50, 3072, 100, false, true}},
        {"gemm-512x512x512", {512, 512, 512, false, false}},
        {"gemm-1024x256x3072", {1024, 256, 3072, false, false}},
        {"gemm-1024x3072x256", {1024, 3072, 256, false, true}},
        {"gemm-1024x1024x1024", {1024, 1024, 1024, false, false}},
    };
    *count = sizeof cases / sizeof *cases;
    return cases;
}

/* `count` floats in -1 .. 1. */
static enum clt_status create_operand(struct clt_buffer *out, struct clt_device *device,
                                      size_t count, uint64_t seed)
{
    enum clt_status st = CLT_OK;
    float *values = calloc(count, sizeof *values);
    if (!values) return clt_fail(CLT_E_NOMEM, "no memory for a matrix");
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(2 * clt_random_uniform(seed, CLT_RANDOM_WEIGHTS, 0, i) - 1);
    TRY(clt_buffer_create_filled(out, device, values, count * sizeof *values));
done:
    free(values);
    return st;
}

static enum clt_status multiply(void *self, size_t count)
{
    enum clt_status st = CLT_OK;
    const struct clt_launch_list *list = self;
    for (size_t i = 0; i < count; i++) TRY(clt_launch_list_enqueue(list));
    TRY(clt_device_finish(clt_launch_list_device(list)));
done:
    return st;
}

enum clt_status clt_measure_product(struct clt_benchmark_product *out, struct clt_device *device,
                                    const struct clt_gemm *gemm, struct clt_benchmark_shape shape,
                                    double seconds)
{
    enum clt_status st = CLT_OK;
    struct clt_buffer w = {0}, x = {0}, y = {0};
    struct clt_launch_list *list = NULL;
    const bool of_weights = shape.trans_b;
    const struct clt_dense dense = {.in = of_weights ? shape.n : shape.k,
                                    .out = shape.m,
                                    .members = 1,
                                    .shared = true,
                                    .batch = clt_gemm_batch(gemm, of_weights ? shape.k : shape.n)};
    TRY(create_operand(&w, device, dense.out * dense.in, 1));
    TRY(create_operand(&x, device, dense.in * dense.batch.pitch, 2));
    TRY(create_operand(&y, device, dense.out * dense.batch.pitch, 3));
    const struct clt_view at_w = {&w, 0}, at_x = {&x, 0}, at_y = {&y, 0};
    TRY(clt_launch_list_create(&list, device, CLT_FLOAT));
    TRY(of_weights ? clt_gemm_weight_gradient(list, gemm, &dense, at_w, at_y, at_x, NULL)
                   : clt_gemm_forward(list, gemm, &dense, at_y, at_w, at_x));
    out->shape = shape;
    out->backend = clt_gemm_name(gemm);
    TRY(clt_rate_measure(&out->rate, multiply, list, seconds, MOST_PRODUCTS));
done:
    clt_launch_list_free(list);
    clt_buffer_free(&w);
    clt_buffer_free(&x);
    clt_buffer_free(&y);
    return st;
}
