/* reader.h - what a format is to the rest of host/data, and how it fills the pool.
 *
 * A further format is a file with one struct clt_dataset_reader and a row in dataset.c. */
#ifndef CLT_READER_H
#define CLT_READER_H

#include "dataset.h"
#include "input.h"

struct clt_name_list {
    const char *const *names;
    size_t count;
};

struct clt_dataset_reader {
    struct clt_name_list train, test; /* the format's own files */
    const char *subfolder;            /* of the given folder: used where it exists; or NULL */
    const char *remedy;               /* what brings the files, for messages */
    size_t classes;                   /* 0: the highest label of the training files, and one */

    /* Appends the samples of the file (or pair of files) called `name`. A label must be below
     * dataset->classes, unless that is 0. After a failure the pool is fit to be freed only. */
    enum clt_status (*append)(struct clt_dataset *dataset, const struct clt_dataset_reader *self,
                              const char *folder, const char *name);
    /* Appends the images of the file `path`, whatever it is called; labels, where it has any, are
     * checked and stored as well. */
    enum clt_status (*append_images)(struct clt_dataset *dataset,
                                     const struct clt_dataset_reader *self, const char *path);
    /* Sets dataset->class_names where the folder has them; or NULL. */
    enum clt_status (*class_names)(struct clt_dataset *dataset,
                                   const struct clt_dataset_reader *self, const char *folder);
    const void *layout; /* of those functions alone */
};

extern const struct clt_dataset_reader clt_idx_reader, clt_cifar10_reader, clt_cifar100_reader;

/* The shape of the samples in `input`: that of the pool from its first file on; later files must
 * agree. CLT_E_DATA at `offset`, also where it is empty or beyond all memory. */
enum clt_status clt_pool_set_shape(struct clt_dataset *dataset, const struct clt_input *input,
                                   uint64_t offset, const size_t shape[3]);
/* Appends the images that are the rest of the file, `count` of them: a plain file's are mapped, not
 * read. An announced count is believed as far as the file's size or the data that arrive bear it
 * out, so that a wrong one cannot exhaust memory. Of a pool of headers nothing is read where the
 * file's size is right. */
enum clt_status clt_pool_read_images(struct clt_dataset *dataset, struct clt_input *input,
                                     size_t count);
/* Room for the labels of `count` samples behind the pool's. */
enum clt_status clt_pool_reserve_labels(struct clt_dataset *dataset, const struct clt_input *input,
                                        size_t count);
/* Appends `count` images of a plain file, the first one `offset` bytes in, `stride` bytes apart;
 * the file is known to have them. */
enum clt_status clt_pool_map_images(struct clt_dataset *dataset, const struct clt_input *input,
                                    size_t offset, size_t stride, size_t count);

#endif
