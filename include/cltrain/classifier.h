/* classifier.h - one trained network, applied to images in host memory. */
#ifndef CLTRAIN_CLASSIFIER_H
#define CLTRAIN_CLASSIFIER_H

#include <stddef.h>
#include <stdint.h>

#include <cltrain/device.h>
#include <cltrain/shape.h>
#include <cltrain/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A network with its weights, the normalisation of its training data and the names of its classes,
 * on a device, which it borrows. */
struct clt_classifier;

/* Loads the file `path`, a checkpoint/{last,best}/member-NNN.safetensors of a run directory or what
 * clt_run_save() wrote. It needs nothing else: no training data, no config file. `device` NULL: the
 * classifier opens what the file's config names and closes it. On success *out is the caller's, for
 * clt_classifier_free(); on failure it is NULL. CLT_E_DATA: the file is unreadable, damaged or no
 * network of cltrain; CLT_E_DEVICE, CLT_E_NOMEM. */
CLT_API enum clt_status clt_classifier_load(struct clt_classifier **out, struct clt_device *device,
                                            const char *path);
CLT_API void clt_classifier_free(struct clt_classifier *classifier); /* NULL is fine */

CLT_API struct clt_shape clt_classifier_input(const struct clt_classifier *classifier);
CLT_API size_t clt_classifier_classes(const struct clt_classifier *classifier);
/* NULL where the training data has no names. `index` is below clt_classifier_classes(). */
CLT_API const char *clt_classifier_class_name(const struct clt_classifier *classifier,
                                              size_t index);

/* probabilities [n][classes] of images [n][channels][height][width], 0..255 as in the training
 * data. All are NaN for a sample whose scores have no finite loss. CLT_E_DEVICE. */
CLT_API enum clt_status clt_classifier_predict(float *probabilities,
                                               struct clt_classifier *classifier,
                                               const uint8_t *images, size_t n);
/* The class of highest probability, the first of equals: what counts as right where it is the
 * label. `classes` itself where the probabilities are NaN. */
CLT_API size_t clt_best_class(const float *probabilities, size_t classes);

#ifdef __cplusplus
}
#endif
#endif
