/* launch.h - a list of launches whose arguments are bound once and which is enqueued many times. */
#ifndef CLT_LAUNCH_H
#define CLT_LAUNCH_H

#include "buffer.h"
#include "profile.h"

/* Element type of everything a network computes with: `real` in the kernels. */
enum clt_real { CLT_FLOAT, CLT_DOUBLE };
static inline size_t clt_real_size(enum clt_real real)
{
    return real == CLT_DOUBLE ? sizeof(double) : sizeof(float);
}

/* A part of a buffer of reals: `offset` elements in. */
struct clt_view {
    const struct clt_buffer *buffer;
    size_t offset;
};

/* One kernel argument. A view takes two: the pointer, and the offset as a ulong. */
struct clt_arg {
    enum { CLT_ARG_BUFFER, CLT_ARG_VIEW, CLT_ARG_ULONG, CLT_ARG_UINT, CLT_ARG_REAL } kind;
    const struct clt_buffer *buffer;
    uint64_t integer;
    double real;
};
struct clt_arg clt_arg_buffer(const struct clt_buffer *buffer);
struct clt_arg clt_arg_view(struct clt_view view);
struct clt_arg clt_arg_ulong(uint64_t value);
struct clt_arg clt_arg_uint(size_t value); /* asserted to fit */
struct clt_arg clt_arg_real(double value);

struct clt_launch_list; /* in the order of execution */

enum clt_status clt_launch_list_create(struct clt_launch_list **out, struct clt_device *device,
                                       enum clt_real real);
void clt_launch_list_free(struct clt_launch_list *list); /* NULL is fine */

/* Appends a kernel of the embedded file `file`; `options` are added to those of the list's real.
 * `global` is rounded up to a multiple of `local`; a zero in `local` leaves the group's size to the
 * driver. The buffers are borrowed. */
struct clt_geometry {
    size_t dimensions, global[3], local[3];
};
enum clt_status clt_launch_list_add(struct clt_launch_list *list, const char *file,
                                    const char *kernel, const char *options,
                                    struct clt_geometry geometry, const struct clt_arg *args,
                                    size_t n_args);
#define CLT_ARGS(...)                                                                              \
    (const struct clt_arg[]){__VA_ARGS__},                                                         \
        sizeof((const struct clt_arg[]){__VA_ARGS__}) / sizeof(struct clt_arg)

/* Appends a call that enqueues by itself, such as a BLAS routine; takes `self` over in any case.
 * `event`: NULL, or where the event of the call's launch goes; a call that has none leaves it
 * alone, and is missing in the profile. */
enum clt_status clt_launch_list_add_call(struct clt_launch_list *list, const char *name, void *self,
                                         enum clt_status (*enqueue)(void *self, cl_event *event),
                                         void (*release)(void *self));

/* The work of the launch that was appended last. */
void clt_launch_list_note_work(struct clt_launch_list *list, struct clt_work work);
/* The sum over the list; launches without a note count as none. */
struct clt_work clt_launch_list_work(const struct clt_launch_list *list);
/* `flop` operations on `reals` elements of the list's type. */
struct clt_work clt_work_on_reals(const struct clt_launch_list *list, double flop, double reals);

size_t clt_launch_list_count(const struct clt_launch_list *list);
/* Enqueues all, waits for nothing. */
enum clt_status clt_launch_list_enqueue(const struct clt_launch_list *list);

struct clt_device *clt_launch_list_device(const struct clt_launch_list *list);
enum clt_real clt_launch_list_real(const struct clt_launch_list *list);

#endif
