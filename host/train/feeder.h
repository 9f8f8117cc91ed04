/* feeder.h - tells the device what its next steps are, without waiting for those before.
 *
 * The data set lies on the device, or, where it is larger than the memory it is given, each step's
 * samples follow the announcement (stream.h). Which of the two it is shows in no result.
 *
 * Steps are announced in chunks: a table of rows (which batch, which update, which rates), then as
 * many plans as rows. At most two chunks are queued: that bounds the driver's memory. */
#ifndef CLT_FEEDER_H
#define CLT_FEEDER_H

#include "dataset.h"
#include "ops.h"

#define CLT_CHUNK 64 /* rows of the table */

struct clt_feeder; /* owns the clt_feed that models read */

/* Samples of each half of the pool on the device, for a data set that with its tables is larger
 * than `memory` bytes, or than one allocation of `largest` bytes; 0: it is not, and stays there. At
 * least `batch`, the largest one, even where that does not fit. */
size_t clt_feeder_half(const struct clt_dataset *dataset, size_t members, enum clt_real real,
                       size_t batch, size_t memory, size_t largest);
/* Bytes of device memory for the samples and the tables. */
size_t clt_feeder_memory(const struct clt_dataset *dataset, size_t half, size_t members,
                         enum clt_real real);

/* `half` = 0: moves the data set's images, if it has any, to the device; they can be dropped
 * afterwards. Else the data set is borrowed. */
enum clt_status clt_feeder_create(struct clt_feeder **out, struct clt_device *device,
                                  const struct clt_dataset *dataset, size_t half, size_t members,
                                  enum clt_real real);
void clt_feeder_free(struct clt_feeder *feeder); /* NULL is fine */
const struct clt_feed *clt_feeder_feed(const struct clt_feeder *feeder);

/* Puts `n` images in the place of the pool's first ones, all of which stay on the device; all steps
 * announced so far are done with those. */
enum clt_status clt_feeder_write_images(struct clt_feeder *feeder, const uint8_t *images, size_t n);
/* images [n][features]: those of the pool from sample `first` on. */
enum clt_status clt_feeder_read_images(const struct clt_feeder *feeder, size_t first,
                                       uint8_t *images, size_t n);

/* From the next announced row on, training places 0 .. count-1 are these samples of the pool: a
 * permutation drawn from (seed, epoch), or the range as it is. */
enum clt_status clt_feeder_shuffle(struct clt_feeder *feeder, uint64_t seed, uint32_t epoch);
enum clt_status clt_feeder_unshuffled(struct clt_feeder *feeder);

/* The place in the order where the pool's sample `sample` always stands: for measuring. */
uint64_t clt_feeder_place_of(const struct clt_feeder *feeder, size_t sample);

/* Steps that can be announced at a time, of `batch` samples each; at most CLT_CHUNK. */
size_t clt_feeder_chunk(const struct clt_feeder *feeder, size_t batch);
/* Announces `count` (<= clt_feeder_chunk()) steps; exactly that many plans must be enqueued next.
 * An epoch's last step may have fewer samples. rates [count][members][CLT_RATES] as doubles;
 * NULL where nothing is updated. */
enum clt_status clt_feeder_announce(struct clt_feeder *feeder, const struct clt_feed_row *rows,
                                    const double *rates, size_t count, size_t batch);

#endif
