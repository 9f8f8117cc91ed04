#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csv.h"
#include "file.h"
#include "text.h"

#define HEADER                                                                                     \
    "member,update,epoch,learning_rate,train_cost,train_loss,train_accuracy,"                      \
    "val_cost,val_loss,val_accuracy,seconds\n"

struct clt_metrics_file {
    char *path;
    int descriptor;
    uint64_t length;
};

static enum clt_status write_error(const struct clt_metrics_file *file)
{
    return clt_file_cannot_write(file->path, "cannot write it");
}

/* Cuts the file to what the checkpoint knows of. */
static enum clt_status open_at(struct clt_metrics_file *file, uint64_t length)
{
    struct stat info;
    /* Neither a link out of the run directory is followed nor a pipe's reader waited for. */
    file->descriptor =
        clt_descriptor_open(file->path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (file->descriptor < 0 && errno == ENOENT)
        return clt_fail(CLT_E_DATA, "%s: is missing; put it back or start a new run", file->path);
    if (file->descriptor < 0 || fstat(file->descriptor, &info) < 0) return write_error(file);
    if ((uint64_t)info.st_size < length)
        return clt_fail(CLT_E_DATA,
                        "%s: has %ju bytes, had %" PRIu64
                        " when the checkpoint was written: rows are "
                        "lost; put it back or start a new run",
                        file->path, (uintmax_t)info.st_size, length);
    if (clt_descriptor_truncate(file->descriptor, length) < 0) return write_error(file);
    file->length = length;
    return CLT_OK;
}

enum clt_status clt_metrics_file_open(struct clt_metrics_file **out, const char *folder,
                                      uint64_t length)
{
    enum clt_status st = CLT_OK;
    *out = NULL;
    struct clt_metrics_file *file = calloc(1, sizeof *file);
    if (!file) return clt_fail(CLT_E_NOMEM, "%s: out of memory", folder);
    file->descriptor = -1;
    file->path = clt_path_join(folder, "metrics.csv");
    if (!file->path) {
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", folder);
        goto done;
    }
    if (length == 0) {
        length = strlen(HEADER);
        TRY(clt_file_replace(file->path, HEADER, (size_t)length));
    }
    TRY(open_at(file, length));
    *out = file;
    file = NULL;
done:
    clt_metrics_file_close(file);
    return st;
}

static void add_measure(struct clt_text *text, const struct clt_measure *measure)
{
    const double values[] = {measure->cost, measure->loss, measure->accuracy};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        clt_text_add(text, ",");
        if (measure->made) clt_csv_add_real(text, values[i]);
    }
}

static void add_row(struct clt_text *text, const struct clt_metrics_row *row)
{
    clt_text_add(text, "%zu,%" PRIu64 ",", row->member, row->update);
    clt_csv_add_real(text, row->epoch);
    clt_text_add(text, ",");
    clt_csv_add_real(text, row->learning_rate);
    add_measure(text, &row->train);
    add_measure(text, &row->validation);
    clt_text_add(text, ",");
    clt_csv_add_real(text, row->seconds);
    clt_text_add(text, "\n");
}

/* One write, so that a reader sees whole report points; what a full disk took of it is cut off
 * again. */
static enum clt_status append(struct clt_metrics_file *file, const char *bytes, size_t size)
{
    enum clt_status st = CLT_OK;
    if (clt_descriptor_write(file->descriptor, bytes, size) == 0) {
        file->length += size;
        return CLT_OK;
    }
    st = write_error(file);
    if (clt_descriptor_truncate(file->descriptor, file->length) < 0)
        st = clt_fail_within(st, "the last row is incomplete");
    return st;
}

enum clt_status clt_metrics_file_append(struct clt_metrics_file *file,
                                        const struct clt_metrics_row *rows, size_t n_rows)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    for (size_t i = 0; i < n_rows; i++) add_row(&text, &rows[i]);
    if (text.failed)
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", file->path);
    else
        st = append(file, text.bytes, text.length);
    clt_text_free(&text);
    return st;
}

enum clt_status clt_metrics_file_sync(struct clt_metrics_file *file, uint64_t *length)
{
    if (clt_descriptor_sync(file->descriptor) < 0) return write_error(file);
    *length = file->length;
    return CLT_OK;
}

void clt_metrics_file_close(struct clt_metrics_file *file)
{
    if (!file) return;
    if (file->descriptor >= 0) close(file->descriptor);
    free(file->path);
    free(file);
}
