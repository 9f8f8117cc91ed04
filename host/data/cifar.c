/* The binary form of CIFAR-10 and CIFAR-100: records without a header, each one label byte (two
 * for CIFAR-100: coarse, fine) and 3 x 32 x 32 bytes, channels red, green, blue. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "reader.h"
#include "text.h"

#define IMAGE_SIZE   3072
#define MOST_NAMES   ((size_t)1 << 20) /* bytes of the list of names */
#define PICKLE_START 0x80              /* how Python's pickles begin, and no label does */

struct layout {
    const char *title, *archive;
    size_t label_bytes; /* the last one counts */
    const char *names_file;
    const char *python_meta, *python_folder; /* what gives the Python form away */
};

static const struct layout cifar10 = {
    .title = "CIFAR-10",
    .archive = "cifar-10-binary.tar.gz",
    .label_bytes = 1,
    .names_file = "batches.meta.txt",
    .python_meta = "batches.meta",
    .python_folder = "cifar-10-batches-py",
};

static const struct layout cifar100 = {
    .title = "CIFAR-100",
    .archive = "cifar-100-binary.tar.gz",
    .label_bytes = 2,
    .names_file = "fine_label_names.txt",
    .python_meta = "meta",
    .python_folder = "cifar-100-python",
};

static bool exists_in(const char *folder, const char *name)
{
    char *path = clt_path_join(folder, name);
    const bool exists = path && clt_file_exists(path);
    free(path);
    return exists;
}

/* *path = NAME.bin or NAME in the folder, whichever exists. */
static enum clt_status find(char **path, const struct clt_dataset_reader *self, const char *folder,
                            const char *name)
{
    const struct layout *layout = self->layout;
    struct clt_text text = {0};
    clt_text_add(&text, "%s.bin", name);
    char *file = clt_text_take(&text);
    const char *found = file && exists_in(folder, file) ? file : name;
    *path = file ? clt_path_join(folder, found) : NULL;
    free(file);
    if (!*path) return clt_fail(CLT_E_NOMEM, "%s: out of memory", folder);
    if (clt_file_exists(*path)) return CLT_OK;
    if (exists_in(folder, layout->python_meta) || exists_in(folder, layout->python_folder))
        return clt_fail(CLT_E_DATA, "%s: no such file; %s holds the Python form of %s: unpack %s",
                        *path, folder, layout->title, layout->archive);
    return clt_fail(CLT_E_DATA, "%s: no such file, nor with .bin; %s", *path, self->remedy);
}

/* Of the span that was added last. */
static enum clt_status read_labels(struct clt_dataset *dataset, const struct clt_input *input,
                                   const struct layout *layout)
{
    const struct clt_image_span *span = &dataset->spans[dataset->n_spans - 1];
    for (size_t i = 0; i < span->count; i++) {
        const uint8_t *image = span->images + i * span->stride;
        const uint8_t label = image[-1];
        if (label >= dataset->classes)
            return clt_input_fail(input, i * span->stride + layout->label_bytes - 1,
                                  "label %d, must be below %zu; is this %s in its binary form?",
                                  label, dataset->classes, layout->title);
        dataset->labels[dataset->samples + i] = label;
    }
    return CLT_OK;
}

/* The number of records, which only the file's size tells. */
static enum clt_status count_records(size_t *count, const struct clt_input *input, size_t record,
                                     const struct layout *layout)
{
    uint64_t size;
    if (!clt_input_left(&size, input))
        return clt_fail(CLT_E_DATA, "%s: must be a plain file, not compressed, not a pipe",
                        clt_input_path(input));
    *count = (size_t)(size / record);
    if (size == 0) return clt_input_fail(input, 0, "the file is empty");
    if (size % record != 0)
        return clt_input_fail(input, *count * record,
                              "a last record of %" PRIu64 " bytes, must be %zu; is the file cut "
                              "short, or not %s in its binary form?",
                              size % record, record, layout->title);
    return CLT_OK;
}

static enum clt_status append_images(struct clt_dataset *dataset,
                                     const struct clt_dataset_reader *self, const char *path)
{
    static const size_t shape[3] = {3, 32, 32};
    enum clt_status st = CLT_OK;
    const struct layout *layout = self->layout;
    const size_t record = layout->label_bytes + IMAGE_SIZE;
    struct clt_input *input = NULL;
    size_t count = 0;
    TRY(clt_input_open(&input, path));
    if (clt_input_peek(input) == PICKLE_START)
        TRY(clt_input_fail(input, 0, "this is the Python form of %s; unpack %s instead",
                           layout->title, layout->archive));
    TRY(count_records(&count, input, record, layout));
    TRY(clt_pool_set_shape(dataset, input, 0, shape));
    TRY(clt_pool_reserve_labels(dataset, input, count));
    if (dataset->headers_only) {
        memset(dataset->labels + dataset->samples, 0, count * sizeof *dataset->labels);
    } else {
        TRY(clt_pool_map_images(dataset, input, layout->label_bytes, record, count));
        TRY(read_labels(dataset, input, layout));
    }
    dataset->samples += count;
done:
    clt_input_close(input);
    return st;
}

static enum clt_status append(struct clt_dataset *dataset, const struct clt_dataset_reader *self,
                              const char *folder, const char *name)
{
    enum clt_status st = CLT_OK;
    char *path = NULL;
    TRY(find(&path, self, folder, name));
    TRY(append_images(dataset, self, path));
done:
    free(path);
    return st;
}

/* The next line that is not blank, '\0'-terminated in place; NULL at the end. */
static char *next_line(char **rest)
{
    static const char blank[] = " \t\r\n";
    char *line = *rest + strspn(*rest, blank);
    if (*line == '\0') return NULL;
    char *end = line + strcspn(line, "\n");
    *rest = *end ? end + 1 : end;
    while (strchr(blank, end[-1])) end--;
    *end = '\0';
    return line;
}

static enum clt_status parse_names(struct clt_dataset *dataset, char *text, const char *path)
{
    size_t count = 0;
    dataset->class_names = calloc(dataset->classes, sizeof *dataset->class_names);
    if (!dataset->class_names) return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
    for (char *line; (line = next_line(&text)); count++) {
        if (count >= dataset->classes) continue; /* only counted, for the message */
        if (!clt_text_is_shown(line))
            return clt_fail(CLT_E_DATA, "%s: name %zu holds control characters or is no UTF-8",
                            path, count + 1);
        dataset->class_names[count] = strdup(line);
        if (!dataset->class_names[count]) return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
    }
    if (count != dataset->classes)
        return clt_fail(CLT_E_DATA, "%s: %zu class names, must be %zu, one a line", path, count,
                        dataset->classes);
    return CLT_OK;
}

static enum clt_status read_names(struct clt_dataset *dataset,
                                  const struct clt_dataset_reader *self, const char *folder)
{
    enum clt_status st = CLT_OK;
    const struct layout *layout = self->layout;
    uint8_t *text = NULL;
    size_t size;
    char *path = clt_path_join(folder, layout->names_file);
    if (!path) return clt_fail(CLT_E_NOMEM, "%s: out of memory", folder);
    if (!clt_file_exists(path)) goto done;
    TRY(clt_file_read_up_to(&text, &size, path, MOST_NAMES));
    TRY(parse_names(dataset, (char *)text, path));
done:
    free(text);
    free(path);
    return st;
}

static const char *const batches[] = {"data_batch_1", "data_batch_2", "data_batch_3",
                                      "data_batch_4", "data_batch_5"};
static const char *const test_batch[] = {"test_batch"};
static const char *const train[] = {"train"}, *const test[] = {"test"};

const struct clt_dataset_reader clt_cifar10_reader = {
    .train = {batches, 5},
    .test = {test_batch, 1},
    .subfolder = "cifar-10-batches-bin",
    .remedy = "scripts/get-cifar10 DIR downloads CIFAR-10 into DIR",
    .classes = 10,
    .append = append,
    .append_images = append_images,
    .class_names = read_names,
    .layout = &cifar10,
};

const struct clt_dataset_reader clt_cifar100_reader = {
    .train = {train, 1},
    .test = {test, 1},
    .subfolder = "cifar-100-binary",
    .remedy = "unpack https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz there",
    .classes = 100,
    .append = append,
    .append_images = append_images,
    .class_names = read_names,
    .layout = &cifar100,
};
