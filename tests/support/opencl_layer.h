/* opencl_layer.h - the parts of the layer that opencl_layer.c describes. */
#ifndef OPENCL_LAYER_H
#define OPENCL_LAYER_H

#include <stdbool.h>

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>

/* ---- opencl_faults.c: calls by their numbers ---- */

/* `names` [n], NULL where the layer has no such call; reads the variables that say which call fails
 * or is slow. */
void layer_faults_begin(const char *const *names, int n);
/* A call begins: CL_SUCCESS, or what it shall give instead of reaching the driver. */
cl_int layer_call(int call);
void layer_write_counts(void);

/* ---- opencl_objects.c: what is alive ---- */

enum layer_kind {
    LAYER_CONTEXT,
    LAYER_QUEUE,
    LAYER_MEMORY,
    LAYER_PROGRAM,
    LAYER_KERNEL,
    LAYER_EVENT,
    LAYER_KINDS,
    LAYER_NOTHING = LAYER_KINDS /* is not counted */
};
/* Whose an object is, by who created it; refused: its release was made to fail. */
enum layer_owner { LAYER_OURS, LAYER_CLBLASTS, LAYER_REFUSED, LAYER_OWNERS };

void layer_created(enum layer_kind kind, void *object);
void layer_retained(void *object);
void layer_released(void *object);
void layer_release_refused(void *object);

struct layer_live {
    unsigned long count[LAYER_OWNERS][LAYER_KINDS];
};
struct layer_live layer_live_objects(void);
extern const char *const layer_kind_names[LAYER_KINDS];
/* A line on standard error for each kind of ours that is alive, and where the first of it comes
 * from; whether there was any. */
bool layer_complain_of_live_objects(void);

#endif
