/* saved_metrics.c - reads metrics.csv. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "saved_run.h"

enum column {
    MEMBER,
    UPDATE,
    EPOCH,
    LEARNING_RATE,
    TRAIN_COST,
    TRAIN_LOSS,
    TRAIN_ACCURACY,
    VAL_COST,
    VAL_LOSS,
    VAL_ACCURACY,
    SECONDS,
    N_COLUMNS
};
static const char *const names[N_COLUMNS] = {
    "member",         "update",   "epoch",    "learning_rate", "train_cost", "train_loss",
    "train_accuracy", "val_cost", "val_loss", "val_accuracy",  "seconds"};

#define MAX_FIELDS 64

struct table {
    const char *path;
    size_t line;             /* being read, from 1 */
    size_t place[N_COLUMNS]; /* of each column among the fields */
    size_t n_fields;
    size_t members;
};

static enum clt_status damaged(const struct table *table, const char *what)
{
    return clt_fail(CLT_E_DATA, "%s:%zu: %s: the file is damaged; put back a copy or train anew",
                    table->path, table->line, what);
}

/* Splits `line` in place at its commas. No field of metrics.csv needs quotes. */
static size_t split(char *line, char *fields[MAX_FIELDS])
{
    size_t n = 0;
    for (char *at = line; at && n < MAX_FIELDS;) {
        char *comma = strchr(at, ',');
        fields[n++] = at;
        if (comma) *comma = '\0';
        at = comma ? comma + 1 : NULL;
    }
    return n;
}

static enum clt_status find_columns(struct table *table, char *line)
{
    char *fields[MAX_FIELDS];
    table->n_fields = split(line, fields);
    for (size_t c = 0; c < N_COLUMNS; c++) {
        size_t i = 0;
        while (i < table->n_fields && strcmp(fields[i], names[c]) != 0) i++;
        if (i == table->n_fields)
            return clt_fail(CLT_E_DATA, "%s:1: it has no column %s: it is no metrics.csv",
                            table->path, names[c]);
        table->place[c] = i;
    }
    return CLT_OK;
}

/* An empty field is a value that was not made. */
static bool read_real(const char *field, double *out, bool *made)
{
    char *end;
    *out = strtod(field, &end);
    *made = *field != '\0';
    return *end == '\0';
}

static bool read_count(const char *field, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(field, &end, 10);
    return *field >= '0' && *field <= '9' && *end == '\0' && errno == 0;
}

static bool read_measure(const struct table *table, char *const *fields, enum column first,
                         struct clt_measure *out)
{
    bool cost, loss, accuracy;
    const bool good = read_real(fields[table->place[first]], &out->cost, &cost) &&
                      read_real(fields[table->place[first + 1]], &out->loss, &loss) &&
                      read_real(fields[table->place[first + 2]], &out->accuracy, &accuracy);
    out->made = good && cost;
    return good && cost == loss && cost == accuracy;
}

static enum clt_status read_row(struct clt_metrics_row *row, const struct table *table, char *line)
{
    char *fields[MAX_FIELDS];
    uint64_t member;
    bool epoch, rate, seconds;
    if (split(line, fields) != table->n_fields) return damaged(table, "it lacks fields");
    if (!read_count(fields[table->place[MEMBER]], &member) || member >= table->members)
        return damaged(table, "the member is none of run.json's");
    row->member = (size_t)member;
    if (!read_count(fields[table->place[UPDATE]], &row->update) ||
        !read_real(fields[table->place[EPOCH]], &row->epoch, &epoch) || !epoch ||
        !read_real(fields[table->place[LEARNING_RATE]], &row->learning_rate, &rate) || !rate ||
        !read_real(fields[table->place[SECONDS]], &row->seconds, &seconds) || !seconds ||
        !read_measure(table, fields, TRAIN_COST, &row->train) ||
        !read_measure(table, fields, VAL_COST, &row->validation))
        return damaged(table, "a field is no number");
    return CLT_OK;
}

/* Ends `*text`'s first line and moves behind it; NULL where there is no whole line. */
static char *next_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');
    if (!end) return NULL;
    *end = '\0';
    *text = end + 1;
    return line;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; (text = strchr(text, '\n')); text++) n++;
    return n;
}

static enum clt_status read_rows(struct clt_metrics_row *rows, size_t *n_rows, struct table *table,
                                 char *text, bool unfinished)
{
    enum clt_status st = CLT_OK;
    char *line = next_line(&text);
    table->line = 1;
    if (!line) return damaged(table, "it has no header line");
    TRY(find_columns(table, line));
    for (*n_rows = 0; (line = next_line(&text)); (*n_rows)++) {
        table->line++;
        TRY(read_row(&rows[*n_rows], table, line));
    }
    table->line++;
    if (*text && !unfinished) st = damaged(table, "its last line has no end");
done:
    return st;
}

enum clt_status clt_saved_metrics_read(struct clt_metrics_row **rows, size_t *n_rows,
                                       const char *path, size_t members, bool unfinished)
{
    enum clt_status st = CLT_OK;
    struct table table = {.path = path, .members = members};
    struct clt_metrics_row *list = NULL;
    uint8_t *bytes = NULL;
    size_t size;
    *rows = NULL;
    *n_rows = 0;
    TRY(clt_file_read(&bytes, &size, path));
    if (memchr(bytes, '\0', size)) {
        st = damaged(&table, "it holds bytes that are no text");
        goto done;
    }
    list = calloc(count_lines((char *)bytes) + 1, sizeof *list);
    if (!list) {
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
        goto done;
    }
    TRY(read_rows(list, n_rows, &table, (char *)bytes, unfinished));
    *rows = list;
    list = NULL;
done:
    free(bytes);
    free(list);
    return st;
}
