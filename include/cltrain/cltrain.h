/* cltrain.h - train neural-network classifiers on an OpenCL device, and apply them.
 *
 *   device.h      open a device
 *   config.h      load an experiment
 *   profile.h     open a device that tells where the time goes
 *   gradients.h   what a check of gradients measures
 *   run.h         build its networks, train them, evaluate, save
 *   study.h       populations in parts and studies, in one folder
 *   classifier.h  load a trained network, classify images in host memory
 *   images.h      the samples in a file of pictures or of raw images
 *
 * The library never prints and never exits. A call that fails returns a status, leaves its output
 * NULL and a message for clt_error_message(). Nothing is shared between threads but through the
 * objects that they pass on. */
#ifndef CLTRAIN_H
#define CLTRAIN_H

#include <cltrain/classifier.h>
#include <cltrain/config.h>
#include <cltrain/device.h>
#include <cltrain/gradients.h>
#include <cltrain/images.h>
#include <cltrain/profile.h>
#include <cltrain/run.h>
#include <cltrain/shape.h>
#include <cltrain/status.h>
#include <cltrain/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
CLT_API const char *clt_version(void);

#ifdef __cplusplus
}
#endif
#endif
