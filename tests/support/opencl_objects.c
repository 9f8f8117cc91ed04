#define _GNU_SOURCE /* dladdr() */
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opencl_layer.h"

enum { FRAMES = 20 };

const char *const layer_kind_names[LAYER_KINDS] = {
    "context", "queue", "buffer", "program", "kernel", "event",
};

struct object {
    void *handle;
    enum layer_kind kind;
    enum layer_owner owner;
    int references, n_frames;
    void *frames[FRAMES]; /* of its creation */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void *objects; /* a tree by tsearch() */

static int by_handle(const void *a, const void *b)
{
    const uintptr_t left = (uintptr_t)((const struct object *)a)->handle;
    const uintptr_t right = (uintptr_t)((const struct object *)b)->handle;
    return (left > right) - (left < right);
}

static struct object *find(void *handle)
{
    const struct object key = {.handle = handle};
    struct object **node = tfind(&key, &objects, by_handle);
    return node ? *node : NULL;
}

/* ---- where an object comes from ---- */

static bool describe_frame(Dl_info *out, void *frame)
{
    return dladdr(frame, out) && out->dli_fname;
}

/* Of the layer itself, or of the loader of OpenCL. */
static bool is_between(const Dl_info *info)
{
    Dl_info own;
    return strstr(info->dli_fname, "libOpenCL") ||
           (dladdr(&objects, &own) && own.dli_fbase == info->dli_fbase);
}

/* Whether CLBlast made the call. Of the way into it that cltrain takes, an event is what the caller
 * asked for, and the caller's. */
static enum layer_owner owner_of(const struct object *object)
{
    Dl_info info;
    for (int i = 0; object->kind != LAYER_EVENT && i < object->n_frames; i++)
        if (describe_frame(&info, object->frames[i]) && !is_between(&info))
            return strstr(info.dli_fname, "libclblast") ? LAYER_CLBLASTS : LAYER_OURS;
    return LAYER_OURS;
}

/* "program+0x1234 ..., innermost first: addr2line -fe PROGRAM 0x1234 tells the function. */
static void print_origin(const struct object *object)
{
    Dl_info info;
    for (int i = 0; i < object->n_frames; i++) {
        if (!describe_frame(&info, object->frames[i]) || is_between(&info)) continue;
        const char *slash = strrchr(info.dli_fname, '/');
        fprintf(stderr, " %s+%#lx", slash ? slash + 1 : info.dli_fname,
                (unsigned long)((char *)object->frames[i] - (char *)info.dli_fbase - 1));
    }
}

/* ---- counting ---- */

static struct object *add(void *handle)
{
    struct object *object = find(handle);
    if (object) return object; /* its end was not seen: the driver gives the address again */
    object = calloc(1, sizeof *object);
    if (!object) abort();
    object->handle = handle;
    if (!tsearch(object, &objects, by_handle)) abort();
    return object;
}

void layer_created(enum layer_kind kind, void *handle)
{
    if (kind == LAYER_NOTHING || !handle) return;
    pthread_mutex_lock(&mutex);
    struct object *object = add(handle);
    object->kind = kind;
    object->references = 1;
    object->n_frames = backtrace(object->frames, FRAMES);
    object->owner = owner_of(object);
    pthread_mutex_unlock(&mutex);
}

void layer_retained(void *handle)
{
    pthread_mutex_lock(&mutex);
    struct object *object = find(handle);
    if (object) object->references++;
    pthread_mutex_unlock(&mutex);
}

void layer_released(void *handle)
{
    pthread_mutex_lock(&mutex);
    struct object *object = find(handle);
    if (object && --object->references == 0) {
        tdelete(object, &objects, by_handle);
        free(object);
    }
    pthread_mutex_unlock(&mutex);
}

void layer_release_refused(void *handle)
{
    pthread_mutex_lock(&mutex);
    struct object *object = find(handle);
    if (object) object->owner = LAYER_REFUSED;
    pthread_mutex_unlock(&mutex);
}

/* ---- what is left ---- */

struct survey {
    struct layer_live live;
    const struct object *first[LAYER_KINDS]; /* of ours */
};

static void add_to_survey(const void *node, VISIT visit, void *self)
{
    struct survey *survey = self;
    const struct object *object = *(struct object *const *)node;
    if (visit != postorder && visit != leaf) return; /* once for each node */
    survey->live.count[object->owner][object->kind]++;
    if (object->owner == LAYER_OURS) survey->first[object->kind] = object;
}

static struct survey make_survey(void)
{
    struct survey survey = {0};
    pthread_mutex_lock(&mutex);
    twalk_r(objects, add_to_survey, &survey);
    pthread_mutex_unlock(&mutex);
    return survey;
}

struct layer_live layer_live_objects(void)
{
    return make_survey().live;
}

bool layer_complain_of_live_objects(void)
{
    const struct survey survey = make_survey();
    bool any = false;
    for (int kind = 0; kind < LAYER_KINDS; kind++) {
        const unsigned long count = survey.live.count[LAYER_OURS][kind];
        if (count == 0) continue;
        any = true;
        fprintf(stderr, "opencl_layer: never released: %lu of kind %s; one was created by", count,
                layer_kind_names[kind]);
        print_origin(survey.first[kind]);
        fprintf(stderr, "\n");
    }
    return any;
}
