/* target.h - what is read from outside, each kind by a function of its own: for the fuzzer and for
 * the sweep of damaged files. */
#ifndef CLT_FUZZ_TARGET_H
#define CLT_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "status.h"

/* One input, and what was made of it. */
struct reading {
    const char *folder; /* for files, in memory where the system has such a place */
    const uint8_t *bytes;
    size_t size;
    uint32_t values; /* a checksum of all that was read: equal for equal values */
};

/* Reads the input; what is accepted must be whole and in range, or the process aborts. After a
 * refusal there is a message, and `values` mean nothing. */
typedef enum clt_status target_read(struct reading *reading);

struct target {
    const char *name;
    target_read *read;
};

extern const struct target targets[];               /* ends with a name that is NULL */
const struct target *find_target(const char *name); /* NULL: none is called so */

target_read read_config, read_study, read_sets, read_member_config, read_options;
target_read read_idx, read_idx_labels, read_cifar10, read_cifar100, read_cifar_names;
target_read read_png, read_jpeg, read_images;
target_read read_safetensors, read_member, read_state;
target_read read_cache, read_tuning;
target_read read_run, read_run_json, read_metrics, read_parts, read_saved_study, read_report;

void add_values(struct reading *reading, const void *values, size_t size);
void add_text(struct reading *reading, const char *text); /* NULL is a value too */

/* The file NAME of the folder becomes the input, or `bytes`. Its path, for the caller to free. */
char *write_input(const struct reading *reading, const char *name);
char *write_bytes(const struct reading *reading, const char *name, const void *bytes, size_t size);

/* Several files in one input: a line "== NAME" before the content of each. Writes those of the
 * `names` (ends in NULL) that the input has, and removes the others. */
void write_files(const struct reading *reading, const char *const *names);

#define require(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
