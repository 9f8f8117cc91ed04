/* feeder.h - tells the device what its next steps are, without waiting for those before.
 *
 * Steps are announced in chunks: a table of rows (which batch, which update, which rates), then as
 * many plans as rows. At most two chunks are queued: that bounds the driver's memory. */
#ifndef CLT_FEEDER_H
#define CLT_FEEDER_H

#include "dataset.h"
#include "ops.h"

#define CLT_CHUNK 64 /* rows of the table */

struct clt_feeder; /* owns the clt_feed that models read */

/* Bytes of device memory for the data set and the tables. */
size_t clt_feeder_memory(const struct clt_dataset *dataset, size_t members, enum clt_real real);

/* Moves the data set to the device; its images on the host can be dropped afterwards. */
enum clt_status clt_feeder_create(struct clt_feeder **out, struct clt_device *device,
                                  const struct clt_dataset *dataset, size_t members,
                                  enum clt_real real);
void clt_feeder_free(struct clt_feeder *feeder); /* NULL is fine */
const struct clt_feed *clt_feeder_feed(const struct clt_feeder *feeder);

/* Puts `n` images in the place of the pool's first ones; all steps announced so far are done with
 * those. */
enum clt_status clt_feeder_write_images(struct clt_feeder *feeder, const uint8_t *images, size_t n);

/* From the next announced row on, training places 0 .. count-1 are these samples of the pool: a
 * permutation drawn from (seed, epoch), or the range as it is. */
enum clt_status clt_feeder_shuffle(struct clt_feeder *feeder, uint64_t seed, uint32_t epoch);
enum clt_status clt_feeder_unshuffled(struct clt_feeder *feeder);

/* The place in the order where the pool's sample `sample` always stands: for measuring. */
uint64_t clt_feeder_place_of(const struct clt_feeder *feeder, size_t sample);

/* Announces `count` (<= CLT_CHUNK) steps; exactly that many plans must be enqueued next.
 * rates [count][members][2] as doubles; NULL where nothing is updated. */
enum clt_status clt_feeder_announce(struct clt_feeder *feeder, const struct clt_feed_row *rows,
                                    const double *rates, size_t count);

#endif
