/* cltrain.h - train neural-network classifiers on an OpenCL device, from a config file.
 *
 * The library never prints and never exits. A call that fails returns a status and leaves a message
 * for clt_error_message(). A process trains one run at a time. */
#ifndef CLTRAIN_H
#define CLTRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cltrain/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
CLT_API const char *clt_version(void);

/* One member of the population at a report point: a row of metrics.csv. Fractions, not per cent. */
struct clt_train_row {
    size_t member;
    uint64_t update, total_updates;
    double epoch; /* fractional */
    double learning_rate;
    double train_cost, train_loss, train_accuracy;
    double val_cost, val_loss, val_accuracy; /* NaN without validation samples */
    double seconds;                          /* of training so far */
};

/* All may be left zero. */
struct clt_train_options {
    const char *const *sets; /* "train.l2=0.01": as the program's --set */
    size_t n_sets;
    const char *device; /* "gpu", "cpu", a part of a name, "PLATFORM:DEVICE"; NULL: the config's */
    const char *folder; /* run directory to make; NULL: runs/NAME */
    void *self;         /* for the two calls below */
    void (*report)(void *self, const struct clt_train_row *rows, size_t n_rows);
    bool (*should_stop)(
        void *self); /* asked every few updates; true writes a checkpoint and ends */
};

/* Trains what the config at `path` describes. *folder receives the run directory's path, for
 * free(); run.json in it has the result. A run that should_stop() ended counts as a success.
 * CLT_E_CONFIG, CLT_E_SHAPE, CLT_E_DATA, CLT_E_DEVICE, CLT_E_NOMEM, CLT_E_OUTPUT; CLT_E_DIVERGED:
 * every member did, the run directory is complete. */
CLT_API enum clt_status clt_train(char **folder, const char *path,
                                  const struct clt_train_options *options);

/* Goes on with the run in `run_directory` to the bits of one that was never stopped. options->sets
 * may only lengthen it; options->folder is not looked at. */
CLT_API enum clt_status clt_resume(const char *run_directory,
                                   const struct clt_train_options *options);

#ifdef __cplusplus
}
#endif
#endif
