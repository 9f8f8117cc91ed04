#include <string.h>

#include "geometry.h"
#include "ops.h"

size_t clt_optimizer_states(enum clt_update_rule rule)
{
    switch (rule) {
    case CLT_UPDATE_SGD: return 0;
    case CLT_UPDATE_MOMENTUM:
    case CLT_UPDATE_NESTEROV: return 1;
    case CLT_UPDATE_ADAM: break;
    }
    return 2;
}

/* A rule's kernel, and operations of one element. */
struct kernel {
    const char *name;
    double flop;
};
static const struct kernel kernels[] = {[CLT_UPDATE_SGD] = {"sgd_update", 4},
                                        [CLT_UPDATE_MOMENTUM] = {"momentum_update", 6},
                                        [CLT_UPDATE_NESTEROV] = {"momentum_update", 8},
                                        [CLT_UPDATE_ADAM] = {"adam_update", 14}};

#define COMMON_ARGS 10 /* UPDATE_PARAMETERS in cl/optimizers.cl */
#define MOST_ARGS   (COMMON_ARGS + CLT_OPTIMIZER_STATES + 2)

/* The arguments of the rule's kernel; returns how many. */
static size_t arguments(struct clt_arg args[MOST_ARGS], const struct clt_vectors *vectors,
                        const struct clt_optimizer *optimizer, const struct clt_feed *feed,
                        const struct clt_member_state *state)
{
    const struct clt_arg common[COMMON_ARGS] = {
        clt_arg_buffer(&vectors->parameters), clt_arg_buffer(&vectors->running),
        clt_arg_buffer(&state->overflow),     clt_arg_buffer(&vectors->gradients),
        clt_arg_buffer(&vectors->statistics), clt_arg_buffer(&vectors->pieces),
        clt_arg_buffer(&feed->cursor),        clt_arg_buffer(&feed->rates),
        clt_arg_buffer(&state->frozen),       clt_arg_ulong(state->members)};
    const size_t states = clt_optimizer_states(optimizer->rule);
    size_t n = COMMON_ARGS;
    memcpy(args, common, sizeof common);
    for (size_t i = 0; i < states; i++) args[n++] = clt_arg_buffer(&optimizer->state[i]);
    if (states) args[n++] = clt_arg_buffer(&optimizer->settings);
    if (states == 1) args[n++] = clt_arg_uint(optimizer->rule == CLT_UPDATE_NESTEROV);
    return n;
}

enum clt_status clt_op_update(struct clt_launch_list *list, const struct clt_vectors *vectors,
                              const struct clt_optimizer *optimizer, const struct clt_feed *feed,
                              const struct clt_member_state *state)
{
    enum clt_status st = CLT_OK;
    const char *options;
    struct clt_arg args[MOST_ARGS];
    const struct kernel *kernel = &kernels[optimizer->rule];
    const double size = (double)clt_real_size(clt_launch_list_real(list));
    const double parameters = (double)vectors->parameters.size / size;
    const double running = (double)vectors->running.size / size;
    const double states = (double)clt_optimizer_states(optimizer->rule);
    const struct clt_geometry geometry = clt_geometry_rows(&options, list, vectors->n_pieces);
    TRY(clt_launch_list_add(list, "optimizers.cl", kernel->name, options, geometry, args,
                            arguments(args, vectors, optimizer, feed, state)));
    clt_launch_list_note_work(list, clt_work_on_reals(list, kernel->flop * parameters + 3 * running,
                                                      (3 + 2 * states) * parameters + 3 * running));
done:
    return st;
}
