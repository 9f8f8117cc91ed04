#include "schema.h"

#include <math.h>
#include <string.h>

#include "checks.h"
#include "study_config.h"

#define AT(type, field) .offset = offsetof(struct type, field)

static const struct clt_range not_negative = {.lowest = 0, .highest = INFINITY};
static const struct clt_range positive = {.lowest = 0, .highest = INFINITY, .above = true};
static const struct clt_range at_least_1 = {.lowest = 1, .highest = INFINITY};
static const struct clt_range at_least_minus_1 = {.lowest = -1, .highest = INFINITY};
static const struct clt_range share = {.lowest = 0, .highest = 1, .below = true};

static const char *const formats[] = {"idx", "cifar10", "cifar100", NULL};
static const char *const normalizations[] = {"feature", "channel", "scale", "none", NULL};
static const char *const on_divergences[] = {"stop", "rewind", NULL};
static const char *const shuffles[] = {"epoch", "once", "none", NULL};
static const char *const stopping_metrics[] = {"val_loss", "val_accuracy", NULL};
static const char *const losses[] = {"softmax", "sigmoid", NULL};
static const char *const backends[] = {"auto", "clblast", "native", NULL};
static const char *const activations[] = {"relu", "sigmoid", "tanh", "leaky_relu", NULL};
static const char *const ranks[] = {
    "train_accuracy", "val_accuracy", "test_accuracy", "train_loss", "val_loss", "test_loss", NULL};
static const char *const expected_metrics[] = {"train_accuracy",
                                               "val_accuracy",
                                               "test_accuracy",
                                               "train_loss",
                                               "val_loss",
                                               "test_loss",
                                               "vote_accuracy",
                                               "mean_accuracy",
                                               "gradient_norm_wise",
                                               "gradient_elementwise",
                                               "gradient_absolute",
                                               "gradient_share_1e-6",
                                               NULL};

static const char *const expectation_of[] = {"best", "mean", NULL};

static const struct clt_key no_keys[] = {{0}};

static const struct clt_key augment_keys[] = {
    {.name = "mirror",
     .type = CLT_KEY_BOOL,
     .fallback = "false",
     AT(clt_augment_config, mirror),
     .doc = "Mirrors each sample left-right with probability 1/2."},
    {.name = "shift",
     .type = CLT_KEY_SIZE,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_augment_config, shift),
     .doc = "Moves each sample by up to so many whole pixels, along each axis by a number of its "
            "own, all alike likely. What comes in from outside is 0 once normalised: with "
            "`normalize` feature or channel, the mean."},
    {0}};

static const struct clt_key data_keys[] = {
    {.name = "format",
     .type = CLT_KEY_NAME,
     .required = true,
     .names = formats,
     AT(clt_data_config, format),
     .doc = "Format of the files."},
    {.name = "path",
     .type = CLT_KEY_PATH,
     .required = true,
     AT(clt_data_config, path),
     .doc = "Folder of the files, relative to the file that says so (with --set: to the working "
            "directory). ${NAME} stands for a variable of the environment."},
    {.name = "train",
     .type = CLT_KEY_FILES,
     .fallback = "()",
     AT(clt_data_config, train),
     .doc = "Training files; () for the format's own. ${NAME} expands."},
    {.name = "validation",
     .type = CLT_KEY_SPLIT,
     .fallback = "0",
     .range = &not_negative,
     .doc = "The last N training samples, or files as in `train`; 0 for none."},
    {.name = "train_samples",
     .type = CLT_KEY_SIZE,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_data_config, train_samples),
     .doc = "Only the first N samples of the training part; 0 for all."},
    {.name = "test",
     .type = CLT_KEY_FILES,
     .fallback = "()",
     AT(clt_data_config, test),
     .doc = "Test files; () for the format's own. ${NAME} expands."},
    {.name = "device_memory",
     .type = CLT_KEY_SIZE,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_data_config, device_memory),
     .doc =
         "MiB of the device's memory that samples may take; a larger data set streams through it "
         "while the device works, to the same bits. 0: what the model leaves."},
    {.name = "normalize",
     .type = CLT_KEY_NAME,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "\"feature\"",
     .names = normalizations,
     AT(clt_data_config, normalize),
     .doc = "feature, channel: to mean 0 and deviation 1 over the training part, each feature or "
            "each channel by itself (one that never varies is only centred); scale: to 0..1."},
    {.name = "augment",
     .type = CLT_KEY_GROUP,
     .keys = augment_keys,
     AT(clt_data_config, augment),
     .doc = "What is done to pictures at random while training, anew in each epoch, and never when "
            "they are measured or predicted. Drawn from `seed`; shared by all members."},
    {.name = "seed",
     .type = CLT_KEY_COUNT,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_data_config, seed),
     .doc = "Order of the samples, and how they are augmented; shared by all members."},
    {0}};

static const struct clt_key normal_keys[] = {{.name = "sigma",
                                              .type = CLT_KEY_REAL,
                                              .varies = CLT_VARIES_BY_MEMBER,
                                              .required = true,
                                              .range = &positive,
                                              AT(clt_layer_config, init_sigma),
                                              .doc = "Standard deviation."},
                                             {0}};

static const struct clt_key uniform_keys[] = {{.name = "limit",
                                               .type = CLT_KEY_REAL,
                                               .varies = CLT_VARIES_BY_MEMBER,
                                               .required = true,
                                               .range = &positive,
                                               AT(clt_layer_config, init_limit),
                                               .doc = "Weights lie in (-limit, limit)."},
                                              {0}};

/* In the order of enum clt_init_kind. */
static const struct clt_variant inits[] = {
    {.name = "he", .keys = no_keys, .doc = "N(0, 2 / inputs)."},
    {.name = "xavier", .keys = no_keys, .doc = "N(0, 2 / (inputs + outputs))."},
    {.name = "lecun", .keys = no_keys, .doc = "N(0, 1 / inputs)."},
    {.name = "normal", .keys = normal_keys, .doc = "N(0, sigma^2)."},
    {.name = "uniform", .keys = uniform_keys, .doc = "U(-limit, limit)."},
    {.name = "zeros", .keys = no_keys, .doc = "All zero."},
    {0}};

static const struct clt_choice init = {.selector = "type",
                                       .shorthand = CLT_SHORTHAND_STRING,
                                       .variants = inits,
                                       .kind_offset = offsetof(struct clt_layer_config, init)};

static const struct clt_key dense_keys[] = {
    {.name = "units",
     .type = CLT_KEY_SIZE,
     .varies = CLT_VARIES_BY_GROUP,
     .range = &at_least_1,
     AT(clt_layer_config, units),
     .doc = "Outputs; the last dense layer may leave it out: one per class."},
    {.name = "init",
     .type = CLT_KEY_CHOICE,
     .varies = CLT_VARIES_BY_MEMBER,
     .fallback = "\"he\"",
     .choice = &init,
     .doc = "Distribution of the weights, by name or as a group; biases start at 0."},
    {0}};

static const struct clt_key batch_norm_keys[] = {
    {.name = "momentum",
     .type = CLT_KEY_REAL,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "0.9",
     .range = &share,
     AT(clt_layer_config, momentum),
     .doc = "running = momentum * running + (1 - momentum) * batch, every batch alike."},
    {.name = "epsilon",
     .type = CLT_KEY_REAL,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "1e-5",
     .range = &positive,
     AT(clt_layer_config, epsilon),
     .doc = "Added to the variance."},
    {0}};

static const struct clt_key leaky_relu_keys[] = {{.name = "slope",
                                                  .type = CLT_KEY_REAL,
                                                  .varies = CLT_VARIES_BY_GROUP,
                                                  .fallback = "0.01",
                                                  .range = &not_negative,
                                                  AT(clt_layer_config, slope),
                                                  .doc = "Slope below zero."},
                                                 {0}};

static const struct clt_key dropout_keys[] = {
    {.name = "rate",
     .type = CLT_KEY_REAL,
     .varies = CLT_VARIES_BY_MEMBER,
     .required = true,
     .range = &share,
     AT(clt_layer_config, rate),
     .doc = "Share of the units that is dropped while training."},
    {0}};

/* Expanded into the layers above before anything is stored. */
static const struct clt_key mlp_keys[] = {
    {.name = "hidden",
     .type = CLT_KEY_SIZES,
     .varies = CLT_VARIES_BY_GROUP,
     .required = true,
     .range = &at_least_1,
     .doc = "Units of each hidden layer."},
    {.name = "batch_norm",
     .type = CLT_KEY_BOOL,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "false",
     .doc = "Whether batch_norm stands before each activation."},
    {.name = "activation",
     .type = CLT_KEY_TEXT,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "\"relu\"",
     .names = activations,
     .doc = "Layer after each dense layer."},
    {.name = "init",
     .type = CLT_KEY_CHOICE,
     .varies = CLT_VARIES_BY_MEMBER,
     .fallback = "\"he\"",
     .choice = &init,
     .doc = "As in dense."},
    {0}};

/* In the order of enum clt_layer_kind, then mlp. */
static const struct clt_variant layers[] = {
    {.name = "dense", .keys = dense_keys, .doc = "Fully connected: W x + b."},
    {.name = "batch_norm",
     .keys = batch_norm_keys,
     .doc = "Batch normalisation with scale and shift; wants at least two samples a batch."},
    {.name = "relu", .keys = no_keys, .doc = "max(0, x)."},
    {.name = "sigmoid", .keys = no_keys, .doc = "1 / (1 + exp(-x))."},
    {.name = "tanh", .keys = no_keys, .doc = "tanh(x)."},
    {.name = "leaky_relu", .keys = leaky_relu_keys, .doc = "x above zero, slope * x below."},
    {.name = "dropout",
     .keys = dropout_keys,
     .doc = "Drops units while training and scales the rest by 1 / (1 - rate)."},
    {.name = "flatten", .keys = no_keys, .doc = "Channels, height and width as one row."},
    {.name = "mlp",
     .keys = mlp_keys,
     .doc = "Short for hidden layers: dense, batch_norm if asked for, activation, for each size."},
    {0}};

static const struct clt_choice layer = {
    .selector = "type", .variants = layers, .kind_offset = offsetof(struct clt_layer_config, kind)};

/* Keys that several policies share. */
#define RATE_NUMBER(key, bounds, text)                                                             \
    {                                                                                              \
        .name = #key, .type = CLT_KEY_REAL, .required = true, .varies = CLT_VARIES_BY_MEMBER,      \
        .range = (bounds), AT(clt_rate_config, key), .doc = (text)                                 \
    }
#define WARM_UP                                                                                    \
    {                                                                                              \
        .name = "warm_up", .type = CLT_KEY_COUNT, .fallback = "0", .varies = CLT_VARIES_BY_MEMBER, \
        .range = &not_negative, AT(clt_rate_config, warm_up),                                      \
        .doc =                                                                                     \
            "Updates over which the rate grows from 0: it is multiplied by min(1, u / warm_up)."   \
    }
#define CYCLE                                                                                      \
    RATE_NUMBER(min, &not_negative, "Rate at the start and the end of a cycle."),                  \
        RATE_NUMBER(max, &not_negative,                                                            \
                    "Rate in the middle of a cycle; later ones may be lower."),                    \
    {                                                                                              \
        .name = "step_size", .type = CLT_KEY_COUNT, .varies = CLT_VARIES_BY_CYCLE,                 \
        .required = true, .range = &at_least_1, AT(clt_rate_config, step_size),                    \
        .doc = "Updates from min to max; a cycle is two of them."                                  \
    }

static const struct clt_key constant_keys[] = {
    RATE_NUMBER(value, &not_negative, "The rate."), WARM_UP, {0}};

static const struct clt_key triangular_keys[] = {CYCLE, WARM_UP, {0}};

static const struct clt_key exp_range_keys[] = {
    CYCLE,
    RATE_NUMBER(gamma, &positive, "What the distance to min is multiplied by at each update."),
    WARM_UP,
    {0}};

static const struct clt_key step_keys[] = {
    RATE_NUMBER(value, &not_negative, "The rate at first."),
    RATE_NUMBER(factor, &positive, "What the rate is multiplied by at each step."),
    {.name = "every",
     .type = CLT_KEY_COUNT,
     .required = true,
     .varies = CLT_VARIES_BY_MEMBER,
     .range = &at_least_1,
     AT(clt_rate_config, every),
     .doc = "Updates from one step to the next."},
    WARM_UP,
    {0}};

static const struct clt_key exponential_keys[] = {
    RATE_NUMBER(value, &not_negative, "The rate at first."),
    RATE_NUMBER(decay, &positive, "What the rate is multiplied by over `every` updates."),
    {.name = "every",
     .type = CLT_KEY_COUNT,
     .fallback = "1",
     .varies = CLT_VARIES_BY_MEMBER,
     .range = &at_least_1,
     AT(clt_rate_config, every),
     .doc = "Updates over which the rate falls by `decay`."},
    WARM_UP,
    {0}};

static const struct clt_key cosine_keys[] = {
    RATE_NUMBER(min, &not_negative, "Rate at the end, and from there on."),
    RATE_NUMBER(max, &not_negative, "Rate at first."),
    {.name = "total",
     .type = CLT_KEY_COUNT,
     .fallback = "0",
     .varies = CLT_VARIES_BY_MEMBER,
     .range = &not_negative,
     AT(clt_rate_config, total),
     .doc = "Updates from max to min; 0: the run's length."},
    WARM_UP,
    {0}};

/* In the order of enum clt_rate_policy; a number alone is the first one's first key. */
static const struct clt_variant policies[] = {
    {.name = "constant", .keys = constant_keys, .doc = "The same rate throughout: value."},
    {.name = "triangular",
     .keys = triangular_keys,
     .check = clt_check_rate_bounds,
     .doc = "From min up to max and back, cycle after cycle (Smith, WACV 2017). "
            "With d = u mod 2 step_size, t = min(d, 2 step_size - d) / step_size: "
            "min + (max - min) t."},
    {.name = "triangular2",
     .keys = triangular_keys,
     .check = clt_check_rate_bounds,
     .doc = "As triangular, the distance halved after each cycle: "
            "min + (max - min) t / 2^floor(u / (2 step_size))."},
    {.name = "exp_range",
     .keys = exp_range_keys,
     .check = clt_check_rate_bounds,
     .doc = "As triangular, the distance smaller at each update: min + (max - min) gamma^u t."},
    {.name = "step", .keys = step_keys, .doc = "In steps: value factor^floor(u / every)."},
    {.name = "exponential",
     .keys = exponential_keys,
     .doc = "Evenly by a share: value decay^(u / every)."},
    {.name = "cosine",
     .keys = cosine_keys,
     .check = clt_check_rate_bounds,
     .doc = "Half a cosine, from max down to min (Loshchilov and Hutter, 2017): "
            "min + (max - min) (1 + cos(pi min(u, total) / total)) / 2."},
    {0}};

static const struct clt_choice rate = {.selector = "policy",
                                       .shorthand = CLT_SHORTHAND_NUMBER,
                                       .variants = policies,
                                       .kind_offset = offsetof(struct clt_rate_config, policy)};

static const struct clt_key sgd_keys[] = {
    {.name = "momentum",
     .type = CLT_KEY_REAL,
     .fallback = "0.0",
     .varies = CLT_VARIES_BY_MEMBER,
     .range = &share,
     AT(clt_optimizer_config, momentum),
     .doc = "v = momentum * v + gradient, w = w - rate * v; 0: w = w - rate * gradient, with no v "
            "to store."},
    {.name = "nesterov",
     .type = CLT_KEY_BOOL,
     .fallback = "false",
     .varies = CLT_VARIES_BY_GROUP,
     AT(clt_optimizer_config, nesterov),
     .doc = "w = w - rate * (gradient + momentum * v); nothing without momentum."},
    {0}};

static const struct clt_key adam_keys[] = {{.name = "beta1",
                                            .type = CLT_KEY_REAL,
                                            .fallback = "0.9",
                                            .varies = CLT_VARIES_BY_MEMBER,
                                            .range = &share,
                                            AT(clt_optimizer_config, beta1),
                                            .doc = "Decay of the mean of gradients."},
                                           {.name = "beta2",
                                            .type = CLT_KEY_REAL,
                                            .fallback = "0.999",
                                            .varies = CLT_VARIES_BY_MEMBER,
                                            .range = &share,
                                            AT(clt_optimizer_config, beta2),
                                            .doc = "Decay of the mean of their squares."},
                                           {.name = "epsilon",
                                            .type = CLT_KEY_REAL,
                                            .fallback = "1e-8",
                                            .varies = CLT_VARIES_BY_MEMBER,
                                            .range = &positive,
                                            AT(clt_optimizer_config, epsilon),
                                            .doc = "Added to the root of that mean."},
                                           {0}};

/* In the order of enum clt_optimizer_type. */
static const struct clt_variant optimizers[] = {
    {.name = "sgd",
     .keys = sgd_keys,
     .doc = "Mini-batch gradient descent, plain or with momentum, as in PyTorch."},
    {.name = "adam",
     .keys = adam_keys,
     .doc = "Adam (Kingma and Ba, ICLR 2015); l2 is a part of the gradient, as in PyTorch."},
    {0}};

static const struct clt_choice optimizer = {.selector = "type",
                                            .variants = optimizers,
                                            .kind_offset =
                                                offsetof(struct clt_optimizer_config, type)};

static const struct clt_key early_stopping_keys[] = {
    {.name = "patience",
     .type = CLT_KEY_COUNT,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_early_stopping_config, patience),
     .doc = "A member stops at the report point that is the so many-th in a row without an "
            "improvement; 0: none does."},
    {.name = "min_delta",
     .type = CLT_KEY_REAL,
     .fallback = "0.0",
     .varies = CLT_VARIES_BY_MEMBER,
     .range = &not_negative,
     AT(clt_early_stopping_config, min_delta),
     .doc = "An improvement is one over the last improvement by more than this."},
    {.name = "by",
     .type = CLT_KEY_NAME,
     .fallback = "\"val_loss\"",
     .names = stopping_metrics,
     AT(clt_early_stopping_config, by),
     .doc = "What has to improve."},
    {0}};

static const struct clt_key train_keys[] = {
    {.name = "batch_size",
     .type = CLT_KEY_SIZE,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "100",
     .range = &at_least_1,
     AT(clt_train_config, batch_size),
     .doc = "Samples per update."},
    {.name = "epochs",
     .type = CLT_KEY_COUNT,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_train_config, epochs),
     .doc = "Length of the run: exactly one of epochs, cycles and updates; 0 is as good as absent, "
            "so that --set can change one for another."},
    {.name = "cycles",
     .type = CLT_KEY_COUNT,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_train_config, cycles),
     .doc = "Length in cycles of a learning rate that is triangular, triangular2 or exp_range."},
    {.name = "updates",
     .type = CLT_KEY_COUNT,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_train_config, updates),
     .doc = "Length in updates."},
    {.name = "loss",
     .type = CLT_KEY_NAME,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "\"softmax\"",
     .names = losses,
     AT(clt_train_config, loss),
     .doc =
         "softmax: the cross-entropy of one distribution over the classes; sigmoid: the mean over "
         "the classes of a binary cross-entropy each, whose probabilities need not sum to 1. "
         "Shared by all members."},
    {.name = "learning_rate",
     .type = CLT_KEY_CHOICE,
     .required = true,
     .varies = CLT_VARIES_BY_MEMBER,
     .choice = &rate,
     AT(clt_train_config, learning_rate),
     .doc = "A number, or a policy: the rate of the update that follows u updates."},
    {.name = "optimizer",
     .type = CLT_KEY_CHOICE,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "{ type = \"sgd\"; }",
     .choice = &optimizer,
     AT(clt_train_config, optimizer),
     .doc = "What updates the weights."},
    {.name = "l2",
     .type = CLT_KEY_REAL,
     .fallback = "0.0",
     .varies = CLT_VARIES_BY_MEMBER,
     .range = &not_negative,
     AT(clt_train_config, l2),
     .doc = "lambda: cost = loss + l2 * sum of squared weights."},
    {.name = "shuffle",
     .type = CLT_KEY_NAME,
     .varies = CLT_VARIES_BY_GROUP,
     .fallback = "\"epoch\"",
     .names = shuffles,
     AT(clt_train_config, shuffle),
     .doc = "A new order of samples each epoch, one order for all, or the files' own."},
    {.name = "stop_at_update",
     .type = CLT_KEY_COUNT,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_train_config, stop_at_update),
     .doc = "Stops there as if interrupted, to be resumed; 0: does not."},
    {.name = "early_stopping",
     .type = CLT_KEY_GROUP,
     .keys = early_stopping_keys,
     AT(clt_train_config, early_stopping),
     .doc = "When a member ends before the run, by what is measured on the validation samples. Its "
            "weights stay as they are; the run ends once every member has ended."},
    {.name = "on_divergence",
     .type = CLT_KEY_NAME,
     .fallback = "\"stop\"",
     .names = on_divergences,
     AT(clt_train_config, on_divergence),
     .doc =
         "What becomes of a member whose numbers are not finite any more. stop: it keeps its last "
         "finite weights and takes no more updates. rewind: all members go back to the last "
         "report point, and its learning rate is halved from there on; the others come to the "
         "same bits again."},
    {.name = "max_rewinds",
     .type = CLT_KEY_COUNT,
     .fallback = "10",
     .range = &not_negative,
     AT(clt_train_config, max_rewinds),
     .doc = "How often a member is the reason to rewind; then it stops."},
    {.name = "snapshots",
     .type = CLT_KEY_BOOL,
     .fallback = "false",
     AT(clt_train_config, snapshots),
     .doc =
         "Whether the network at the end of each cycle of the learning rate is kept, and all of a "
         "member's are measured together at the end (Huang et al., ICLR 2017): by the vote of "
         "most, of equals the more probable class, and by the mean of their probabilities."},
    {0}};

static const struct clt_key gemm_keys[] = {
    {.name = "backend",
     .type = CLT_KEY_NAME,
     .fallback = "\"auto\"",
     .names = backends,
     AT(clt_gemm_config, backend),
     .doc = "Which matrix products run; auto takes our own kernels on a CPU, and on a GPU "
            "CLBlast, or our own where they were measured to be faster."},
    {.name = "tune_seconds",
     .type = CLT_KEY_REAL,
     .fallback = "5.0",
     .range = &not_negative,
     AT(clt_gemm_config, tune_seconds),
     .doc = "Time that a run may take, before it trains, to find the fastest tiles for products "
            "that were not measured on this device yet; 0: none. No choice changes a result."},
    {0}};

static const struct clt_key report_keys[] = {
    {.name = "every_updates",
     .type = CLT_KEY_COUNT,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_report_config, every_updates),
     .doc = "Updates between two reports; 0: a report at the end of each epoch."},
    {.name = "train_samples",
     .type = CLT_KEY_SIZE,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_report_config, train_samples),
     .doc = "Training samples that a report measures; 0: all."},
    {0}};

/* A group that draws on an earlier stage of a study. */
static const struct clt_key reference_keys[] = {
    {.name = "from",
     .type = CLT_KEY_TEXT,
     .required = true,
     .doc = "An earlier stage of the study."},
    {.name = "best",
     .type = CLT_KEY_SIZE,
     .range = &at_least_1,
     .doc = "So many of its members, best first: their values, or the range that these span."},
    {.name = "best_to_worst_of",
     .type = CLT_KEY_SIZE,
     .range = &at_least_1,
     .doc = "The range from the value of the best to that of the worst of so many best members."},
    {.name = "by",
     .type = CLT_KEY_TEXT,
     .fallback = "\"val_accuracy\"",
     .names = ranks,
     .doc =
         "What members are ranked by; losses count downwards, and of equals the first is better."},
    {0}};

static const struct clt_key gradcheck_keys[] = {
    {.name = "samples",
     .type = CLT_KEY_SIZE,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_gradcheck_config, samples),
     .doc = "Samples in the batch, the first of the training part; 0: a run makes no check."},
    {.name = "coordinates",
     .type = CLT_KEY_SIZE,
     .fallback = "50",
     .range = &at_least_1,
     AT(clt_gradcheck_config, coordinates),
     .doc = "Elements that are checked in each tensor; all where it has fewer."},
    {.name = "features",
     .type = CLT_KEY_SIZE,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_gradcheck_config, features),
     .doc = "Only the first N values of each sample; 0 for all."},
    {.name = "step",
     .type = CLT_KEY_REAL,
     .fallback = "0.0",
     .range = &not_negative,
     AT(clt_gradcheck_config, step),
     .doc = "h of the differences (J(w + h) - J(w - h)) / 2h; 0: 1e-5 in double, 3e-4 in float."},
    {0}};

static const struct clt_key population_keys[] = {
    {.name = "key",
     .type = CLT_KEY_TEXT,
     .required = true,
     .doc = "Path of the key that differs, such as train.l2 or model[0].units."},
    {.name = "values",
     .type = CLT_KEY_VALUES,
     .keys = reference_keys,
     .doc = "Its values, one a member; in a study also { from = STAGE; best = N; }: the different "
            "values of that stage's best members."},
    {.name = "log_space",
     .type = CLT_KEY_SPACE,
     .keys = reference_keys,
     .doc = "In place of values: (low, high), `count` points whose logarithms are equally spaced, "
            "both ends included; in a study also a range of an earlier stage's values."},
    {.name = "linear_space",
     .type = CLT_KEY_SPACE,
     .keys = reference_keys,
     .doc = "The same with points that are equally spaced."},
    {.name = "log_uniform",
     .type = CLT_KEY_SPACE,
     .keys = reference_keys,
     .doc = "The same with points at random, uniform in their logarithm."},
    {.name = "uniform",
     .type = CLT_KEY_SPACE,
     .keys = reference_keys,
     .doc =
         "The same with points at random. Draws are a function of seed, the number of the stage, "
         "that of the row, and their own."},
    {.name = "count",
     .type = CLT_KEY_COUNT,
     .range = &at_least_1,
     .doc = "How many points; with the key seed it may stand alone: seed, seed + 1, ... so many. "
            "Whole numbers are rounded."},
    {.name = "zip",
     .type = CLT_KEY_BOOL,
     .fallback = "false",
     .doc = "Moves together with the row before; else rows make a grid, the last one fastest."},
    {0}};

static const struct clt_key expect_keys[] = {
    {.name = "metric",
     .type = CLT_KEY_TEXT,
     .required = true,
     .names = expected_metrics,
     AT(clt_expectation, metric),
     .doc = "What is measured at the end of the run; vote_accuracy and mean_accuracy are those of "
            "the snapshots together on the test samples; gradient_...: by the check that "
            "`gradcheck` asks for, the worst of its tensors (the first two leave out those whose "
            "gradient is zero, such as a bias in front of batch_norm)."},
    {.name = "value",
     .type = CLT_KEY_REAL,
     .unstored = true,
     .doc = "Expected value; wants `within`."},
    {.name = "within",
     .type = CLT_KEY_REAL,
     .unstored = true,
     .range = &not_negative,
     .doc = "How far from `value` it may be."},
    {.name = "at_least",
     .type = CLT_KEY_REAL,
     .unstored = true,
     .doc = "Lower bound, in place of `value`."},
    {.name = "at_most",
     .type = CLT_KEY_REAL,
     .unstored = true,
     .doc = "Upper bound, in place of `value`."},
    {.name = "between", .type = CLT_KEY_NUMBERS, .doc = "(low, high), in place of `value`."},
    {.name = "member",
     .type = CLT_KEY_INDEX,
     .fallback = "-1",
     .range = &at_least_minus_1,
     AT(clt_expectation, member),
     .doc = "Member of a population; -1: the best by validation, of gradients the worst."},
    {.name = "of",
     .type = CLT_KEY_NAME,
     .fallback = "\"best\"",
     .names = expectation_of,
     AT(clt_expectation, of),
     .doc = "best: that member's metric; mean: the mean over the members that did not diverge."},
    {.name = "tensor",
     .type = CLT_KEY_TEXT,
     .fallback = "\"\"",
     AT(clt_expectation, tensor),
     .doc =
         "For a metric gradient_...: only the tensor of that name (0.weight), or those of a kind: "
         "weight, bias, gamma, beta."},
    {.name = "source",
     .type = CLT_KEY_TEXT,
     .fallback = "\"\"",
     AT(clt_expectation, source),
     .doc = "Where the value is published."},
    {.name = "published",
     .type = CLT_KEY_REAL,
     .unstored = true,
     .doc = "The figure of that source, shown beside the measured one; it decides nothing."},
    {.name = "note",
     .type = CLT_KEY_TEXT,
     .fallback = "\"\"",
     AT(clt_expectation, note),
     .doc = "Why the two may differ; shown with them."},
    {0}};

static const struct clt_key root_keys[] = {
    {.name = "base",
     .type = CLT_KEY_TEXT,
     .doc = "A config that is read first, relative to the file that says so; this file's settings "
            "are merged over it, group by group. Lists replace, and so does a group of another "
            "type or policy."},
    {.name = "name",
     .type = CLT_KEY_TEXT,
     .check = clt_check_name,
     AT(clt_config, name),
     .doc = "Names the run and its folder; default: the file's name without its ending."},
    {.name = "seed",
     .type = CLT_KEY_COUNT,
     .fallback = "1",
     .varies = CLT_VARIES_BY_MEMBER,
     .range = &not_negative,
     AT(clt_config, seed),
     .doc = "Initial weights and dropout."},
    {.name = "device",
     .type = CLT_KEY_TEXT,
     .fallback = "\"\"",
     AT(clt_config, device),
     .doc =
         "gpu, cpu, a part of the name, or PLATFORM:DEVICE numbers; \"\": the first that works."},
    {.name = "data",
     .type = CLT_KEY_GROUP,
     .keys = data_keys,
     AT(clt_config, data),
     .doc = "Training, validation and test samples."},
    {.name = "model",
     .type = CLT_KEY_ROWS,
     .varies = CLT_VARIES_BY_GROUP,
     .required = true,
     .choice = &layer,
     .check = clt_check_model,
     .doc = "Layers in order; shapes are inferred. The last one is dense and gives a score per "
            "class."},
    {.name = "train",
     .type = CLT_KEY_GROUP,
     .keys = train_keys,
     .check = clt_check_train,
     AT(clt_config, train),
     .doc = "How the network learns."},
    {.name = "gemm",
     .type = CLT_KEY_GROUP,
     .keys = gemm_keys,
     AT(clt_config, gemm),
     .doc = "Matrix products."},
    {.name = "report",
     .type = CLT_KEY_GROUP,
     .keys = report_keys,
     AT(clt_config, report),
     .doc = "When training and validation samples are measured, in evaluation mode."},
    {.name = "gradcheck",
     .type = CLT_KEY_GROUP,
     .keys = gradcheck_keys,
     AT(clt_config, gradcheck),
     .doc = "At the end of a run: the gradients at the initial weights against central "
            "differences, in "
            "double where the device has it. `cltrain gradcheck` takes its defaults from here."},
    {.name = "population",
     .type = CLT_KEY_ROWS,
     .fallback = "()",
     .keys = population_keys,
     .doc = "Networks that train together and differ in these keys."},
    {.name = "population_memory",
     .type = CLT_KEY_SIZE,
     .fallback = "0",
     .range = &not_negative,
     AT(clt_config, population_memory),
     .doc =
         "MiB of the device's memory that a population may take; more members than fit train one "
         "part after another, to the same bits. 0: what the device has."},
    {.name = "expect",
     .type = CLT_KEY_ROWS,
     .fallback = "()",
     .keys = expect_keys,
     .check = clt_check_expect,
     .doc = "What the run must reach; each row has a metric and one of: value with within, "
            "at_least, at_most, between."},
    {.name = "published",
     .type = CLT_KEY_PAIRS,
     .fallback = "()",
     .doc = "Published figures to draw beside the measured ones: pairs of a value of the first key "
            "that varies and of what members are ranked by."},
    {0}};

static const struct clt_key take_keys[] = {
    {.name = "key", .type = CLT_KEY_TEXT, .required = true, .doc = "Path of the key."},
    {.name = "from",
     .type = CLT_KEY_TEXT,
     .required = true,
     .doc = "An earlier stage of the study."},
    {.name = "by",
     .type = CLT_KEY_TEXT,
     .fallback = "\"val_accuracy\"",
     .names = ranks,
     .doc = "What its members are ranked by."},
    {0}};

static const struct clt_key stage_keys[] = {
    {.name = "name",
     .type = CLT_KEY_TEXT,
     .required = true,
     .check = clt_check_stage_name,
     .doc = "Names the stage; its run goes by the study's name and this."},
    {.name = "set",
     .type = CLT_KEY_OVERLAY,
     .doc = "Keys of a config, merged over the study's as a file's over its `base`."},
    {.name = "population", .type = CLT_KEY_ROOT, .doc = "In place of the study's."},
    {.name = "take",
     .type = CLT_KEY_ROWS,
     .keys = take_keys,
     .doc = "Keys that get the value which the best member of an earlier stage has there."},
    {.name = "expect", .type = CLT_KEY_ROOT, .doc = "In place of the study's."},
    {.name = "published", .type = CLT_KEY_ROOT, .doc = "In place of the study's."},
    {0}};

static const struct clt_key compare_keys[] = {
    {.name = "stages", .type = CLT_KEY_TEXTS, .required = true, .doc = "The names of two stages."},
    {.name = "metric",
     .type = CLT_KEY_TEXT,
     .fallback = "\"test_accuracy\"",
     .names = ranks,
     AT(clt_comparison, metric),
     .doc = "What they are compared in."},
    {0}};

static const struct clt_key study_keys[] = {
    {.name = "study",
     .type = CLT_KEY_ROWS,
     .required = true,
     .keys = stage_keys,
     .check = clt_check_stages,
     .doc = "Stages that run one after another, each one the config with its own changes. Without "
            "`study` the config is one run."},
    {.name = "compare",
     .type = CLT_KEY_ROWS,
     .fallback = "()",
     .keys = compare_keys,
     .doc = "Pairs of stages that the report compares."},
    {0}};

const struct clt_key *clt_schema(void)
{
    return root_keys;
}

const struct clt_choice *clt_schema_layers(void)
{
    return &layer;
}

const struct clt_key *clt_schema_expectation(void)
{
    return expect_keys;
}

const struct clt_key *clt_schema_study(void)
{
    return study_keys;
}

const struct clt_key *clt_schema_comparison(void)
{
    return compare_keys;
}
