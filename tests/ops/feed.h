/* feed.h - a small pool of samples, its table of steps and the members' state, on both sides. */
#ifndef CLT_TESTS_FEED_H
#define CLT_TESTS_FEED_H

#include "harness.h"
#include "ops.h"

struct clt_test_feed {
    struct clt_feed feed; /* for the operations; its buffers belong to the regions below */
    size_t features, classes, batch, steps, members, samples;
    uint8_t *images;
    uint16_t *labels;
    float *mean, *scale;
    uint32_t *order;
    struct clt_feed_row *rows; /* no batch starts at place 0; updates cross 2^32 */
    double *rates;             /* [steps][members][CLT_RATES] */
    struct clt_region at_images, at_labels, at_mean, at_scale, at_order, at_rows, at_rates,
        at_cursor;
};

/* Fill in features, classes, batch, steps and members; the first step is the next. */
void clt_test_feed_create(struct clt_test_feed *feed, const struct clt_harness *h);
void clt_test_feed_free(struct clt_test_feed *feed);
/* As after the gather of step `step`. */
void clt_test_feed_at(struct clt_test_feed *feed, uint32_t step);
/* next and now */
void clt_test_feed_cursor(uint32_t cursor[2], const struct clt_test_feed *feed);
/* The samples and labels[batch] of a step. */
const uint32_t *clt_test_feed_order(const struct clt_test_feed *feed, size_t step);
void clt_test_feed_labels(uint16_t *labels, const struct clt_test_feed *feed, size_t step);

struct clt_test_state {
    struct clt_member_state state;
    struct clt_region loss, hits, frozen, overflow;
};

/* All zeros. */
void clt_test_state_create(struct clt_test_state *state, const struct clt_harness *h,
                           size_t members);
void clt_test_state_free(struct clt_test_state *state);

/* One member's. */
struct clt_test_member {
    double loss, compensation;
    uint32_t hits, overflow;
    uint64_t frozen;
};
struct clt_test_member clt_test_state_member(const struct clt_test_state *state, size_t member);
void clt_test_state_set(struct clt_test_state *state, size_t member, uint64_t frozen,
                        uint32_t overflow);

#endif
