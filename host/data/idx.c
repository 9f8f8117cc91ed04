/* IDX, the format of MNIST: bytes 00 00 TYPE DIMENSIONS, a big-endian 32-bit size for each
 * dimension, then the values. Images are [n][height][width], [n][features] or
 * [n][channels][height][width], labels [n], all of them bytes. */
#include <stdlib.h>

#include "file.h"
#include "reader.h"
#include "text.h"

#define MAGIC_SIZE     4
#define SIZE_OFFSET(i) (MAGIC_SIZE + 4 * (i))
#define MAX_DIMENSIONS 4
#define TYPE_U8        0x08

struct header {
    size_t dimensions;
    size_t size[MAX_DIMENSIONS];
};

static const char *type_name(uint8_t type)
{
    switch (type) {
    case 0x09: return "signed bytes";
    case 0x0B: return "16-bit integers";
    case 0x0C: return "32-bit integers";
    case 0x0D: return "floats";
    case 0x0E: return "doubles";
    default: return "of an unknown type";
    }
}

static enum clt_status read_header(struct header *header, struct clt_input *input,
                                   size_t min_dimensions, size_t max_dimensions)
{
    enum clt_status st = CLT_OK;
    uint8_t magic[MAGIC_SIZE];
    TRY(clt_input_read(magic, input, sizeof magic));
    if (magic[0] != 0 || magic[1] != 0)
        return clt_input_fail(input, 0, "no IDX file: it starts with %02x %02x instead of 00 00",
                              magic[0], magic[1]);
    if (magic[2] != TYPE_U8)
        return clt_input_fail(input, 2, "the values are %s (type %02x), must be bytes (type 08)",
                              type_name(magic[2]), magic[2]);
    header->dimensions = magic[3];
    if (header->dimensions < min_dimensions || header->dimensions > max_dimensions)
        return clt_input_fail(input, 3, "%zu dimensions, must be %s", header->dimensions,
                              max_dimensions == 1 ? "1 for labels" : "2, 3 or 4 for images");
    for (size_t i = 0; i < header->dimensions; i++) {
        uint8_t b[4];
        TRY(clt_input_read(b, input, sizeof b));
        header->size[i] = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
    }
    if (header->size[0] == 0) return clt_input_fail(input, SIZE_OFFSET(0), "it holds no samples");
done:
    return st;
}

static void shape_of(size_t shape[3], const struct header *header)
{
    const size_t *size = header->size;
    shape[0] = header->dimensions == 4 ? size[1] : 1;
    shape[1] = header->dimensions == 2 ? 1 : size[header->dimensions - 2];
    shape[2] = size[header->dimensions - 1];
}

static enum clt_status read_images(size_t *count, struct clt_dataset *dataset, const char *path)
{
    enum clt_status st = CLT_OK;
    struct clt_input *input;
    struct header header = {0};
    size_t shape[3];
    TRY(clt_input_open(&input, path));
    TRY(read_header(&header, input, 2, MAX_DIMENSIONS));
    shape_of(shape, &header);
    TRY(clt_pool_set_shape(dataset, input, SIZE_OFFSET(1), shape));
    TRY(clt_pool_read_images(dataset, input, header.size[0]));
    *count = header.size[0];
done:
    clt_input_close(input);
    return st;
}

static enum clt_status read_label_bytes(struct clt_dataset *dataset, struct clt_input *input,
                                        size_t count)
{
    enum clt_status st = CLT_OK;
    uint8_t bytes[4096];
    uint16_t *labels = dataset->labels + dataset->samples;
    for (size_t first = 0; first < count; first += sizeof bytes) {
        const size_t n = count - first < sizeof bytes ? count - first : sizeof bytes;
        TRY(clt_input_read(bytes, input, n));
        for (size_t i = 0; i < n; i++) {
            if (dataset->classes && bytes[i] >= dataset->classes)
                return clt_input_fail(input, SIZE_OFFSET(1) + first + i,
                                      "label %d, but those of the training files end at %zu",
                                      bytes[i], dataset->classes - 1);
            labels[first + i] = bytes[i];
        }
    }
done:
    return st;
}

static enum clt_status read_labels(struct clt_dataset *dataset, const char *path, size_t count,
                                   const char *images_path)
{
    enum clt_status st = CLT_OK;
    struct clt_input *input;
    struct header header = {0};
    TRY(clt_input_open(&input, path));
    TRY(read_header(&header, input, 1, 1));
    if (header.size[0] != count) {
        st = clt_input_fail(input, SIZE_OFFSET(0), "%zu labels, but %s holds %zu images",
                            header.size[0], images_path, count);
        goto done;
    }
    TRY(clt_pool_reserve_labels(dataset, input, count));
    TRY(read_label_bytes(dataset, input, count));
    TRY(clt_input_end(input));
done:
    clt_input_close(input);
    return st;
}

static enum clt_status file_path(char **path, const char *folder, const char *name,
                                 const char *kind, char mark, char dimensions, const char *end)
{
    struct clt_text text = {0};
    clt_text_add(&text, "%s-%s%cidx%c-ubyte%s", name, kind, mark, dimensions, end);
    char *file = clt_text_take(&text);
    *path = file ? clt_path_join(folder, file) : NULL;
    free(file);
    return *path ? CLT_OK : clt_fail(CLT_E_NOMEM, "%s: out of memory", folder);
}

/* *path = the first that exists of NAME-KIND-idxD-ubyte, with D one of `dimensions`, with a '.'
 * for the '-' before idx as some archives have it, and with .gz. */
static enum clt_status find(char **path, const struct clt_dataset_reader *self, const char *folder,
                            const char *name, const char *kind, const char *dimensions)
{
    enum clt_status st = CLT_OK;
    for (const char *d = dimensions; *d; d++) {
        for (int spelling = 0; spelling < 4; spelling++) {
            TRY(file_path(path, folder, name, kind, spelling < 2 ? '-' : '.', *d,
                          spelling % 2 == 0 ? "" : ".gz"));
            if (clt_file_exists(*path)) return CLT_OK;
            free(*path);
        }
    }
    TRY(file_path(path, folder, name, kind, '-', dimensions[0], ""));
    st = clt_fail(CLT_E_DATA, "%s: no such file, nor with .gz; %s", *path, self->remedy);
done:
    return st; /* the caller frees *path, failure or not */
}

static enum clt_status append(struct clt_dataset *dataset, const struct clt_dataset_reader *self,
                              const char *folder, const char *name)
{
    enum clt_status st = CLT_OK;
    char *images = NULL, *labels = NULL;
    size_t count = 0;
    TRY(find(&images, self, folder, name, "images", "324"));
    TRY(find(&labels, self, folder, name, "labels", "1"));
    TRY(read_images(&count, dataset, images));
    TRY(read_labels(dataset, labels, count, images));
    dataset->samples += count;
done:
    free(images);
    free(labels);
    return st;
}

static enum clt_status append_images(struct clt_dataset *dataset,
                                     const struct clt_dataset_reader *self, const char *path)
{
    size_t count = 0;
    (void)self;
    const enum clt_status st = read_images(&count, dataset, path);
    dataset->samples += count;
    return st;
}

static const char *const train[] = {"train"}, *const test[] = {"t10k"};

const struct clt_dataset_reader clt_idx_reader = {
    .train = {train, 1},
    .test = {test, 1},
    .remedy = "Debian's package dataset-fashion-mnist brings Fashion-MNIST to "
              "/usr/share/datasets/fashion-mnist",
    .append = append,
    .append_images = append_images,
};
