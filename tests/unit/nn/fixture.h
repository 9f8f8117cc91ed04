/* fixture.h - a small population on a device, made without files.
 * All of it ends the running test by a cmocka failure where something is wrong. */
#ifndef CLT_TESTS_FIXTURE_H
#define CLT_TESTS_FIXTURE_H

#include "experiment.h"
#include "harness.h"

/* Zeros, unit scale, 3 classes, all of it for training. For clt_dataset_free(). */
struct clt_dataset *clt_test_dataset(size_t samples, size_t height, size_t width);
/* Its images, [samples][features]. */
uint8_t *clt_test_pixels(const struct clt_dataset *dataset);
/* Random bytes of 1 x 4 x 4 with random labels; each feature has a mean and a scale of its own. */
struct clt_dataset *clt_test_images(size_t samples);
/* As many features as samples: sample i is 1 at feature i and 0 elsewhere, its label is i % 3. So
 * column i of a linear layer's weights changes by sample i alone. */
struct clt_dataset *clt_test_one_hot(size_t samples);

struct clt_recipe {
    const struct clt_layer_config *layers;
    size_t n_layers;
    size_t first_member; /* members differ by their number only: in seed, lambda, dropout rate */
    size_t members, batch;
    enum clt_loss loss;
    struct clt_dataset *dataset;           /* stays the caller's */
    size_t half;                           /* as for clt_feeder_create() */
    struct clt_optimizer_config optimizer; /* of all members */
};

struct clt_fixture {
    enum clt_real real;
    struct clt_config *configs;      /* [members] */
    struct clt_layer_config *layers; /* [members][n_layers] */
    struct clt_experiment experiment;
};

/* Weights have their initial values; all other device memory holds NaN. */
void clt_fixture_create(struct clt_fixture *f, const struct clt_harness *h,
                        const struct clt_recipe *recipe);
void clt_fixture_free(struct clt_fixture *f);

/* The flat vectors as doubles. */
void clt_fixture_read(const struct clt_fixture *f, double *parameters, double *running);
void clt_fixture_write(struct clt_fixture *f, const double *parameters, const double *running);

struct clt_plan *clt_fixture_plan(const struct clt_fixture *f, bool training, size_t batch);

/* `count` steps (any number) of a plan, in chunks; rows, rates and batch as in
 * clt_feeder_announce(). */
void clt_fixture_steps(struct clt_fixture *f, const struct clt_plan *plan,
                       const struct clt_feed_row *rows, const double *rates, size_t count,
                       size_t batch);

/* Each member's mean loss [members] over the `samples` since the last call, or the creation. */
void clt_fixture_losses(struct clt_fixture *f, double *losses, size_t samples);

#endif
