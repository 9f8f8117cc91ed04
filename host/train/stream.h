/* stream.h - samples on their way to a device that does not hold all of them: its pool has two
 * halves, and while the device works on one, the host fills the other.
 *
 * To fill half `h`: clt_stream_begin(), clt_stream_take() for each run of samples, and, once the
 * device is done with what was there, clt_stream_send(). */
#ifndef CLT_STREAM_H
#define CLT_STREAM_H

#include "dataset.h"
#include "ops.h"

struct clt_stream; /* borrows data set and feed */

/* `half` samples each. */
enum clt_status clt_stream_create(struct clt_stream **out, struct clt_device *device,
                                  const struct clt_dataset *dataset, struct clt_feed *feed,
                                  size_t half);
void clt_stream_free(struct clt_stream *stream); /* NULL is fine; waits for what is on its way */
size_t clt_stream_half(const struct clt_stream *stream);

/* Waits until the host's copy of half `h` has been sent. */
enum clt_status clt_stream_begin(struct clt_stream *stream, size_t h);
/* Copies `n` samples of the data set to place `place` of the half and those behind it. */
void clt_stream_take(struct clt_stream *stream, size_t h, size_t place, const uint32_t *samples,
                     size_t n);
/* Starts sending the half's first `n` samples; later commands of the device wait for them. */
enum clt_status clt_stream_send(struct clt_stream *stream, size_t h, size_t n);

#endif
