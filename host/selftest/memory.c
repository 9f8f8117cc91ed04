#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

/* `values`, or NaN where NULL. */
static enum clt_status send(struct clt_reals *reals, const double *values)
{
    enum clt_status st = CLT_OK;
    const size_t size = clt_real_size(reals->real);
    void *bytes = malloc(reals->count * size);
    if (!bytes) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    for (size_t i = 0; i < reals->count; i++) {
        const double value = values ? values[i] : NAN;
        if (reals->real == CLT_DOUBLE)
            ((double *)bytes)[i] = value;
        else
            ((float *)bytes)[i] = (float)value;
    }
    TRY(clt_buffer_write(&reals->buffer, 0, bytes, reals->count * size));
done:
    free(bytes);
    return st;
}

enum clt_status clt_reals_create(struct clt_reals *out, const struct clt_bench *bench, size_t count,
                                 uint64_t seed)
{
    enum clt_status st = CLT_OK;
    out->real = bench->real;
    out->count = count;
    out->host = calloc(count, sizeof *out->host);
    if (!out->host) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    clt_compare_fill(out->host, count, seed);
    TRY(clt_buffer_create(&out->buffer, bench->device, count * clt_real_size(bench->real)));
    TRY(send(out, NULL));
done:
    return st;
}

void clt_reals_free(struct clt_reals *reals)
{
    clt_buffer_free(&reals->buffer);
    free(reals->host);
}

struct clt_view clt_reals_view(const struct clt_reals *reals)
{
    return (struct clt_view){&reals->buffer, 0};
}

enum clt_status clt_reals_send(struct clt_reals *reals)
{
    return send(reals, reals->host);
}

enum clt_status clt_reals_read(double *values, const struct clt_reals *reals)
{
    enum clt_status st = CLT_OK;
    const size_t size = clt_real_size(reals->real);
    void *bytes = malloc(reals->count * size);
    if (!bytes) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    TRY(clt_buffer_read(&reals->buffer, 0, bytes, reals->count * size));
    for (size_t i = 0; i < reals->count; i++)
        values[i] = reals->real == CLT_DOUBLE ? ((double *)bytes)[i] : (double)((float *)bytes)[i];
done:
    free(bytes);
    return st;
}

enum clt_status clt_reals_compare(double *error, const struct clt_reals *reals,
                                  const double *wanted)
{
    enum clt_status st = CLT_OK;
    double *got = calloc(reals->count, sizeof *got);
    if (!got) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    TRY(clt_reals_read(got, reals));
    *error = fmax(*error, clt_compare_error(reals->real, got, wanted, reals->count));
done:
    free(got);
    return st;
}

enum clt_status clt_bench_run(enum clt_status status, struct clt_launch_list *list)
{
    enum clt_status st = CLT_OK;
    TRY(status);
    TRY(clt_launch_list_enqueue(list));
    TRY(clt_device_finish(clt_launch_list_device(list)));
done:
    clt_launch_list_free(list);
    return st;
}
