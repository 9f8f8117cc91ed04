/* weights.h - the flat vectors of a model on the host, and the tensors in them. */
#ifndef CLT_WEIGHTS_H
#define CLT_WEIGHTS_H

#include "model.h"
#include "safetensors.h"

struct clt_weights {
    const struct clt_network *network; /* borrowed */
    float *parameters, *running;
    float *state[CLT_OPTIMIZER_STATES]; /* as the parameters; NULL beyond those that the rule has */
    enum clt_update_rule rule;
    size_t n_states;
};

/* `rule`: of the updates; CLT_UPDATE_SGD where there are none. Start with {0}. CLT_E_NOMEM. */
enum clt_status clt_weights_create(struct clt_weights *out, const struct clt_network *network,
                                   enum clt_update_rule rule);
void clt_weights_free(struct clt_weights *weights);

/* Copy them from the device (waits), and to it. */
enum clt_status clt_weights_read(struct clt_weights *weights, const struct clt_model *model);
enum clt_status clt_weights_write(const struct clt_weights *weights, struct clt_model *model);

/* A segment of one member; with `all`, of all of them from `member` 0 on: [P][...]. */
struct clt_tensor clt_weights_tensor(const struct clt_weights *weights, size_t segment,
                                     size_t member, bool all);
/* Fills one member's segments, or all of them. CLT_E_DATA, naming file and tensor. */
enum clt_status clt_weights_load(struct clt_weights *weights, const struct clt_safetensors *file,
                                 size_t member, bool all);

/* The member's parameters and running statistics are finite numbers; else *segment and *element are
 * where the first is that is not. */
bool clt_weights_are_finite(size_t *segment, size_t *element, const struct clt_weights *weights,
                            size_t member);
/* CLT_E_DATA: they are not; names `path`, from which they were read, and the tensor. */
enum clt_status clt_weights_check(const struct clt_weights *weights, size_t member,
                                  const char *path);

/* What the optimiser remembers of a segment of all members: [P][...]. Its name,
 * "velocity.0.weight", goes into `name`. */
#define CLT_STATE_NAME 64
struct clt_tensor clt_weights_state_tensor(const struct clt_weights *weights, size_t state,
                                           size_t segment, char name[CLT_STATE_NAME]);
/* Fills that of all segments. CLT_E_DATA. */
enum clt_status clt_weights_load_state(struct clt_weights *weights,
                                       const struct clt_safetensors *file);

#endif
