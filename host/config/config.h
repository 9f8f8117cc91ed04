/* config.h - an experiment as plain structs, read from a libconfig file.
 *
 * The tables in schema.c hold every key with its type, default, range and one line of
 * documentation; reading, checking, `--set`, the resolved config, `cltrain config` and
 * docs/config.md all follow them. Nothing here knows a device or a data set. */
#ifndef CLT_CONFIG_H
#define CLT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cltrain/config.h>

#include "status.h"

enum clt_data_format { CLT_FORMAT_IDX, CLT_FORMAT_CIFAR10, CLT_FORMAT_CIFAR100 };
enum clt_normalize {
    CLT_NORMALIZE_FEATURE,
    CLT_NORMALIZE_CHANNEL,
    CLT_NORMALIZE_SCALE,
    CLT_NORMALIZE_NONE
};

struct clt_names { /* a list of file names */
    char **name;
    size_t count;
};

/* Of training samples; none where all is 0. */
struct clt_augment_config {
    bool mirror;  /* left-right, each sample with probability 1/2 */
    size_t shift; /* pixels at most along each axis */
};

struct clt_data_config {
    enum clt_data_format format;
    char *path;             /* absolute, or relative to the working directory; variables expanded */
    struct clt_names train; /* empty: the format's own */
    struct clt_names validation_files; /* empty: validation_count applies */
    size_t validation_count;           /* the last N training samples */
    size_t train_samples;              /* the first N of the training part; 0: all */
    struct clt_names test;             /* empty: the format's own */
    size_t device_memory;              /* MiB for the samples; 0: what the device has left */
    enum clt_normalize normalize;
    struct clt_augment_config augment;
    uint64_t seed; /* order of samples, augmentation */
};

enum clt_layer_kind {
    CLT_LAYER_DENSE,
    CLT_LAYER_BATCH_NORM,
    CLT_LAYER_RELU,
    CLT_LAYER_SIGMOID,
    CLT_LAYER_TANH,
    CLT_LAYER_LEAKY_RELU,
    CLT_LAYER_DROPOUT,
    CLT_LAYER_FLATTEN
};

/* The weights' distribution; biases start at zero.
 * he: N(0, 2/in); xavier: N(0, 2/(in+out)); lecun: N(0, 1/in); normal: N(0, sigma^2);
 * uniform: U(-limit, limit). */
enum clt_init_kind {
    CLT_INIT_HE,
    CLT_INIT_XAVIER,
    CLT_INIT_LECUN,
    CLT_INIT_NORMAL,
    CLT_INIT_UNIFORM,
    CLT_INIT_ZEROS
};

struct clt_layer_config {
    enum clt_layer_kind kind;
    char *where;  /* "x.cfg:14: model[2]", for messages about shapes */
    size_t units; /* dense; 0: one per class */
    enum clt_init_kind init;
    double init_sigma; /* normal */
    double init_limit; /* uniform */
    double momentum;   /* batch_norm: running = momentum * running + (1 - momentum) * batch */
    double epsilon;    /* batch_norm */
    double slope;      /* leaky_relu, below zero */
    double rate;       /* dropout: the share that is dropped */
};

enum clt_rate_policy {
    CLT_RATE_CONSTANT,
    CLT_RATE_TRIANGULAR,
    CLT_RATE_TRIANGULAR2,
    CLT_RATE_EXP_RANGE,
    CLT_RATE_STEP,
    CLT_RATE_EXPONENTIAL,
    CLT_RATE_COSINE
};

struct clt_rate_config {
    enum clt_rate_policy policy;
    double value;       /* constant; step, exponential: at first */
    double min, max;    /* of a cycle; cosine: at its end and at first */
    uint64_t step_size; /* updates from min to max; a cycle is two of them */
    double gamma;       /* exp_range: of each update */
    double factor;      /* step: of each step */
    double decay;       /* exponential: over `every` updates */
    uint64_t every;     /* step, exponential: updates */
    uint64_t total;     /* cosine: updates from max to min; 0: the run's length */
    uint64_t warm_up;   /* updates that grow to the policy's rate from 0 */
};

enum clt_loss { CLT_LOSS_SOFTMAX, CLT_LOSS_SIGMOID };
enum clt_optimizer_type { CLT_OPTIMIZER_SGD, CLT_OPTIMIZER_ADAM };

struct clt_optimizer_config {
    enum clt_optimizer_type type;
    double momentum;              /* sgd; 0: plain */
    bool nesterov;                /* sgd */
    double beta1, beta2, epsilon; /* adam */
};

enum clt_shuffle { CLT_SHUFFLE_EPOCH, CLT_SHUFFLE_ONCE, CLT_SHUFFLE_NONE };

enum clt_on_divergence { CLT_DIVERGENCE_STOP, CLT_DIVERGENCE_REWIND };

enum clt_stopping_metric { CLT_STOPPING_VAL_LOSS, CLT_STOPPING_VAL_ACCURACY };

struct clt_early_stopping_config {
    uint64_t patience; /* report points; 0: off */
    double min_delta;
    enum clt_stopping_metric by;
};

struct clt_train_config {
    size_t batch_size;
    uint64_t epochs, cycles, updates; /* exactly one is not 0 */
    enum clt_loss loss;
    struct clt_rate_config learning_rate;
    struct clt_optimizer_config optimizer;
    double l2;
    enum clt_shuffle shuffle;
    uint64_t stop_at_update; /* 0: none */
    struct clt_early_stopping_config early_stopping;
    enum clt_on_divergence on_divergence;
    uint64_t max_rewinds; /* of a member */
    bool snapshots;
};

enum clt_gemm_backend { CLT_GEMM_AUTO, CLT_GEMM_CLBLAST, CLT_GEMM_NATIVE };

struct clt_gemm_config {
    enum clt_gemm_backend backend;
    double tune_seconds; /* 0: no tuning before training */
};

struct clt_gradcheck_config {
    size_t samples;     /* of the batch; 0: a run makes no check */
    size_t coordinates; /* of each tensor */
    size_t features;    /* the first so many of each sample; 0: all */
    double step;        /* 0: by the device's precision */
};

struct clt_report_config {
    uint64_t every_updates; /* 0: at the end of each epoch */
    size_t train_samples;   /* measured at a report; 0: all */
};

struct clt_published { /* a figure that somebody published */
    double value;      /* of the key that is searched */
    double metric;     /* what members are ranked by */
};

/* One experiment: one network. A population is several of these, see clt_config_member(). */
struct clt_config {
    char *name;
    uint64_t seed;
    char *device; /* "" for the default choice */
    struct clt_data_config data;
    struct clt_layer_config *layers; /* `mlp` is already expanded */
    size_t n_layers;
    struct clt_train_config train;
    struct clt_gemm_config gemm;
    struct clt_report_config report;
    struct clt_gradcheck_config gradcheck;
    struct clt_expectation *expect;
    size_t n_expect;
    struct clt_published *published;
    size_t n_published;
    size_t population_memory; /* MiB that a population may take; 0: what the device has */

    size_t members;          /* of the population; 1 without one */
    struct clt_names varied; /* the keys that differ between members, in the order of the rows */

    struct clt_settings *settings; /* the merged tree that all of this was read from; opaque */
};

/* Bytes of a config file, and of one with all that it includes. */
#define CLT_CONFIG_MOST ((size_t)16 << 20)

/* The config that `text` is, as clt_config_write() writes it; `place` stands for a file's name in
 * messages. CLT_E_CONFIG, CLT_E_NOMEM. */
enum clt_status clt_config_parse(struct clt_config **out, const char *text, const char *place);

/* The resolved config as libconfig text, every key and default, absolute data path; it reloads to
 * the same run, from any folder. The caller frees *out. */
enum clt_status clt_config_write(char **out, const struct clt_config *config);

/* The keys in which two configs differ, a line each: "train.l2 is 0.01, was 0.001"; none of those
 * of the list `ignored`, which ends with NULL. The caller frees *out, "" where all is equal.
 * CLT_E_NOMEM. */
enum clt_status clt_config_compare(char **out, const struct clt_config *now,
                                   const struct clt_config *before, const char *const *ignored);

/* group [members]: the number of each member's group, in order of first appearance; *n_groups: how
 * many there are. Members of a group train as one run. CLT_E_NOMEM. */
enum clt_status clt_config_groups(size_t *group, size_t *n_groups, const struct clt_config *config);

/* CLT_E_CONFIG, naming a key in which they differ, where the members form several groups. */
enum clt_status clt_config_check_one_group(const struct clt_config *config);

/* The config of these `n` members alone, in this order, which train to the same bits: their values
 * as rows joined by zip. Keys in which a group's members must agree stand in place. Expectations
 * and published figures are left out. CLT_E_NOMEM. */
enum clt_status clt_config_select(struct clt_config **out, const struct clt_config *config,
                                  const size_t *members, size_t n);

/* docs/config.md, made from the tables. The caller frees *out. */
enum clt_status clt_config_reference(char **out);

#endif
