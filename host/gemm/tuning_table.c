#include "tuning_table.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "cache.h"
#include "file.h"
#include "text.h"

#define KIND "gemm-tuning"

/* A save takes milliseconds, so whoever holds the lock for longer is not saving. */
#define LOCK_TRIES   200
#define LOCK_WAIT_NS 10000000

struct row {
    char *key, *value;
    bool unsaved;
};

struct clt_tuning {
    char *identity;
    struct row *rows;
    size_t count;
};

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for the table of measured matrix products");
}

static struct row *find(const struct clt_tuning *table, const char *key)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].key, key) == 0) return &table->rows[i];
    return NULL;
}

/* A new row without a value. NULL: no memory. */
static struct row *add(struct clt_tuning *table, const char *key)
{
    struct row *grown = realloc(table->rows, (table->count + 1) * sizeof *grown);
    if (!grown) return NULL;
    table->rows = grown;
    grown[table->count] = (struct row){.key = strdup(key)};
    return grown[table->count].key ? &grown[table->count++] : NULL;
}

static enum clt_status set(struct clt_tuning *table, const char *key, const char *value,
                           bool unsaved)
{
    char *copy = strdup(value);
    struct row *row = copy ? find(table, key) : NULL;
    if (copy && !row) row = add(table, key);
    if (!row) {
        free(copy);
        return no_memory();
    }
    free(row->value);
    row->value = copy;
    row->unsaved = unsaved;
    return CLT_OK;
}

/* Takes the rows of `text` over, but for those with a value that is not saved yet. */
static enum clt_status merge(struct clt_tuning *table, char *text)
{
    enum clt_status st = CLT_OK;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        char *tab = strchr(line, '\t');
        if (!tab || tab > end) continue;
        *tab = *end = '\0';
        const struct row *row = find(table, line);
        if (!row || !row->unsaved) TRY(set(table, line, tab + 1, false));
    }
done:
    return st;
}

static enum clt_status read_rows(struct clt_tuning *table)
{
    enum clt_status st = CLT_OK;
    uint8_t *text;
    size_t size;
    if (clt_cache_read(&text, &size, KIND, table->identity)) st = merge(table, (char *)text);
    free(text);
    return st;
}

enum clt_status clt_tuning_open(struct clt_tuning **out, const char *identity)
{
    enum clt_status st = CLT_OK;
    struct clt_tuning *table = calloc(1, sizeof *table);
    *out = NULL;
    if (!table || !(table->identity = strdup(identity))) {
        st = no_memory();
        goto done;
    }
    TRY(read_rows(table));
    *out = table;
    table = NULL;
done:
    clt_tuning_free(table);
    return st;
}

void clt_tuning_free(struct clt_tuning *table)
{
    if (!table) return;
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i].key);
        free(table->rows[i].value);
    }
    free(table->rows);
    free(table->identity);
    free(table);
}

const char *clt_tuning_find(const struct clt_tuning *table, const char *key)
{
    const struct row *row = find(table, key);
    return row ? row->value : NULL;
}

enum clt_status clt_tuning_put(struct clt_tuning *table, const char *key, const char *value)
{
    assert(!strpbrk(key, "\t\n") && !strchr(value, '\n'));
    return set(table, key, value, true);
}

static bool has_unsaved(const struct clt_tuning *table)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].unsaved) return true;
    return false;
}

static enum clt_status write_rows(struct clt_tuning *table)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    for (size_t i = 0; i < table->count; i++)
        clt_text_add(&text, "%s\t%s\n", table->rows[i].key, table->rows[i].value);
    if (text.failed) TRY(no_memory());
    TRY(clt_cache_write(KIND, table->identity, text.bytes, text.length));
    for (size_t i = 0; i < table->count; i++) table->rows[i].unsaved = false;
done:
    clt_text_free(&text);
    return st;
}

/* The descriptor that holds the lock beside the table's file; -1 where there are no locks or it is
 * not to be had: then a row that another process saves at that moment may be lost, no more. */
static int take_lock(const char *identity)
{
    const struct timespec wait = {.tv_nsec = LOCK_WAIT_NS};
    struct clt_text text = {0};
    char *path = clt_cache_path(KIND, identity), *folder = path ? clt_path_folder(path) : NULL;
    int descriptor = -1;
    clt_text_add(&text, "%s.lock", path ? path : "");
    if (folder && !text.failed && clt_folder_create(folder) == CLT_OK)
        descriptor = open(text.bytes, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    for (int i = 0; descriptor >= 0 && i < LOCK_TRIES; i++) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) break;
        nanosleep(&wait, NULL);
    }
    clt_text_free(&text);
    free(folder);
    free(path);
    return descriptor;
}

enum clt_status clt_tuning_save(struct clt_tuning *table)
{
    enum clt_status st = CLT_OK;
    if (!has_unsaved(table)) return CLT_OK;
    const int lock = take_lock(table->identity);
    TRY(read_rows(table));
    TRY(write_rows(table));
done:
    if (lock >= 0) close(lock);
    return st;
}
