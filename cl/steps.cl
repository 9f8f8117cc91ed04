/* steps.cl - a run of small steps, one after the other, for each member: the layers between the
 * large products and the loss, which as launches of their own would cost more than they compute.
 *   steps, first_step, n_steps  the run in the table of steps
 * A work-group handles one member. Products stand in a run on a CPU only.
 * Host side: ops/steps.c. References: those of rows.cl and loss.clh, ref/gemm.c. */
#include "rows.clh"

#include "loss.clh"
#if GROUP == 1
#include "small_dense.clh"
#endif

enum step_kind { STEP_ROWS, STEP_LOSS, STEP_FORWARD, STEP_INPUT_GRADIENT, STEP_WEIGHT_GRADIENT };

/* Twin of struct step_row in ops/steps.c. */
struct step {
    ulong x, y;         /* values, or gradients with regard to them; y: the rows, the scores */
    ulong weight;       /* of member 0 */
    ulong first, count; /* operations on rows */
    uint in, out;       /* features of x and y */
    uint kind, shared;  /* shared: x is the same for all members */
    uint loss;          /* enum loss_kind */
    uint layer;
};

static inline void run_rows(const struct model *model, const struct step *step, const size_t member)
{
    const size_t units = step->out;
    for (size_t unit = 0; unit < units; unit++)
        run_row(model, step->first, step->count,
                (struct row){member, unit, units, member * units + unit});
}

#if GROUP == 1
static inline void run_dense(const struct model *model, const struct step *step,
                             const size_t member)
{
    const size_t in = step->in, out = step->out;
    const struct small_dense dense = {values_of(model, step->x, step->shared ? 0 : member, in),
                                      values_of(model, step->y, member, out),
                                      step->weight + member * in * out,
                                      member,
                                      in,
                                      out,
                                      step->layer};
    switch (step->kind) {
    case STEP_FORWARD: small_forward(model, &dense); break;
    case STEP_INPUT_GRADIENT: small_input_gradient(model, &dense); break;
    case STEP_WEIGHT_GRADIENT: small_weight_gradient(model, &dense); break;
    }
}
#endif

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
run_steps(MODEL_PARAMETERS, __global const struct step *steps, const ulong first_step,
          const ulong n_steps, __global real *loss_sums, __global uint *hits,
          __global const uint *order, __global const ushort *labels, const uint training)
{
    __local real scratch[GROUP];
    const struct model model = MODEL_OF_PARAMETERS(scratch);
    const struct loss loss = {loss_sums,    hits, order, labels, rows[cursor->now].first,
                              training != 0};
    const size_t member = get_group_id(0);
    for (ulong i = 0; i < n_steps; i++) {
        const struct step step = steps[first_step + i];
        switch (step.kind) {
        case STEP_ROWS: run_rows(&model, &step, member); break;
        case STEP_LOSS:
            run_loss(&model, &loss, step.loss, step.y, member, step.out);
            /* Only now: the steps before read `now`, the next plan's gather reads `next`. */
            if (member == 0 && get_local_id(0) == 0) cursor->next = cursor->now + 1;
            break;
        default:
#if GROUP == 1
            run_dense(&model, &step, member);
#endif
            break;
        }
    }
}
