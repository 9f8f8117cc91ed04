#include "gemm.h"

#include <assert.h>
#include <stdlib.h>

#include "checked.h"
#include "choices.h"

struct clt_gemm {
    struct clt_choices *choices;
    enum clt_family family;
};

static enum clt_family choose_family(const struct clt_device *device, enum clt_gemm_choice choice,
                                     enum clt_real real)
{
    const bool cpu = clt_device_is_cpu(device);
    if (choice == CLT_BACKEND_NATIVE || real == CLT_DOUBLE || (choice == CLT_BACKEND_AUTO && cpu))
        return cpu ? CLT_OF_PANELS : CLT_OF_PLAIN;
    return choice == CLT_BACKEND_CLBLAST ? CLT_OF_CLBLAST : CLT_OF_EITHER;
}

static bool uses_clblast(enum clt_family family)
{
    return family == CLT_OF_CLBLAST || family == CLT_OF_EITHER;
}

enum clt_status clt_gemm_create(struct clt_gemm **out, struct clt_device *device,
                                enum clt_gemm_choice choice, enum clt_real real)
{
    enum clt_status st = CLT_OK;
    struct clt_gemm *gemm = calloc(1, sizeof *gemm);
    *out = NULL;
    if (!gemm) return clt_fail(CLT_E_NOMEM, "no memory for the GEMM backend");
    gemm->family = choose_family(device, choice, real);
    TRY(clt_choices_create(&gemm->choices, device, gemm->family, real));
    if (uses_clblast(gemm->family)) TRY(clt_clblast_prepare(device));
    *out = gemm;
    gemm = NULL;
done:
    clt_gemm_free(gemm);
    return st;
}

void clt_gemm_free(struct clt_gemm *gemm)
{
    if (!gemm) return;
    if (uses_clblast(gemm->family)) clt_clblast_release();
    clt_choices_free(gemm->choices);
    free(gemm);
}

const char *clt_gemm_name(const struct clt_gemm *gemm)
{
    return uses_clblast(gemm->family) ? "clblast" : "native";
}

const char *clt_gemm_order(const struct clt_gemm *gemm)
{
    return uses_clblast(gemm->family) ? "chain, clblast" : "chain, native";
}

bool clt_gemm_is_fused(const struct clt_gemm *gemm)
{
    return gemm->family == CLT_OF_PANELS;
}

struct clt_choices *clt_gemm_choices(const struct clt_gemm *gemm)
{
    return gemm->choices;
}

struct clt_batch clt_gemm_batch(const struct clt_gemm *gemm, size_t size)
{
    const size_t pitch = clt_round_up(size, CLT_LANES);
    return (struct clt_batch){size, gemm->family == CLT_OF_PANELS ? CLT_LANES : pitch, pitch};
}

size_t clt_batch_at(const struct clt_batch *batch, size_t features, size_t feature, size_t sample)
{
    return (sample / batch->width * features + feature) * batch->width + sample % batch->width;
}

enum clt_status clt_product_append(struct clt_launch_list *list,
                                   const struct clt_product_call *call,
                                   const struct clt_method *method)
{
    if (method->backend == CLT_PANELS) return clt_panel_append(list, call, &method->tile);
    const struct clt_gemm_call plain = clt_plain_call(call);
    return clt_plain_append(list, &plain, method->backend == CLT_PLAIN ? &method->tile : NULL);
}

struct clt_work clt_dense_work(const struct clt_launch_list *list, const struct clt_dense *d)
{
    const double in = (double)d->in, out = (double)d->out, members = (double)d->members;
    const double size = (double)d->batch.size;
    return clt_work_on_reals(list, 2 * in * out * size * members,
                             members * in * out + size * members * out +
                                 size * in * (d->shared ? 1 : members));
}

/* With an update: 4 operations a weight, which is read as well as written. */
static struct clt_work work_of(const struct clt_launch_list *list,
                               const struct clt_asked_product *workload)
{
    const struct clt_dense *d = &workload->dense;
    const double weights = workload->update ? (double)(d->in * d->out * d->members) : 0;
    const struct clt_work product = clt_dense_work(list, d);
    const struct clt_work update = clt_work_on_reals(list, 4 * weights, weights);
    return (struct clt_work){product.flop + update.flop, product.bytes + update.bytes};
}

static enum clt_status append(struct clt_launch_list *list, const struct clt_gemm *gemm,
                              const struct clt_product_call *call)
{
    enum clt_status st = CLT_OK;
    struct clt_method method;
    TRY(clt_choices_ask(&method, gemm->choices, &call->work));
    TRY(clt_product_append(list, call, &method));
    clt_launch_list_note_work(list, work_of(list, &call->work));
done:
    return st;
}

enum clt_status clt_gemm_forward(struct clt_launch_list *list, const struct clt_gemm *gemm,
                                 const struct clt_dense *dense, struct clt_view y,
                                 struct clt_view w, struct clt_view x)
{
    return append(list, gemm,
                  &(struct clt_product_call){{CLT_FORWARD, *dense, false}, y, w, x, NULL});
}

enum clt_status clt_gemm_input_gradient(struct clt_launch_list *list, const struct clt_gemm *gemm,
                                        const struct clt_dense *dense, struct clt_view gx,
                                        struct clt_view w, struct clt_view g)
{
    return append(list, gemm,
                  &(struct clt_product_call){{CLT_INPUT_GRADIENT, *dense, false}, gx, w, g, NULL});
}

enum clt_status clt_gemm_weight_gradient(struct clt_launch_list *list, const struct clt_gemm *gemm,
                                         const struct clt_dense *dense, struct clt_view dw,
                                         struct clt_view g, struct clt_view x,
                                         const struct clt_weight_update *update)
{
    assert(!update || clt_gemm_is_fused(gemm));
    return append(list, gemm,
                  &(struct clt_product_call){
                      {CLT_WEIGHT_GRADIENT, *dense, update != NULL}, dw, g, x, update});
}
