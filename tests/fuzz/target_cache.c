/* target_cache.c - files of the cache, whose kinds differ in what the payload is. */
#include <string.h>

#include "cache.h"
#include "file.h"
#include "target.h"
#include "tuning_table.h"

#define KEY "device\nprocessor\n"

/* The folder of a cache's kind below the reading's folder, which XDG_CACHE_HOME names. */
static char *entry_path(const char *kind)
{
    char *path = clt_cache_path(kind, KEY), *folder = path ? clt_path_folder(path) : NULL;
    require(folder && clt_folder_create(folder) == CLT_OK);
    free(folder);
    return path;
}

/* A compiled program, or what selftest remembers. */
enum clt_status read_cache(struct reading *reading)
{
    uint8_t *payload = NULL;
    size_t size;
    char *path = entry_path("programs");
    free(write_bytes(reading, path, reading->bytes, reading->size));
    const bool found = clt_cache_read(&payload, &size, "programs", KEY);
    require(found == (payload != NULL) && size < reading->size + 1);
    if (found) add_values(reading, payload, size + 1);
    free(payload);
    free(path);
    return found ? CLT_OK : clt_fail(CLT_E_DATA, "no entry");
}

/* The whole file; where that is none, its bytes as the payload of one. */
enum clt_status read_tuning(struct reading *reading)
{
    enum clt_status st = CLT_OK;
    uint8_t *payload = NULL;
    size_t size;
    struct clt_tuning *table = NULL;
    char *path = entry_path("gemm-tuning");
    free(write_bytes(reading, path, reading->bytes, reading->size));
    const bool whole = clt_cache_read(&payload, &size, "gemm-tuning", KEY);
    if (!whole) TRY(clt_cache_write("gemm-tuning", KEY, reading->bytes, reading->size));
    TRY(clt_tuning_open(&table, KEY));
    add_text(reading, clt_tuning_find(table, "forward 5x3x4"));
    add_text(reading, clt_tuning_find(table, ""));
    require(!clt_tuning_find(table, "no\tkey"));
    TRY(clt_tuning_put(table, "put", "value"));
    require(strcmp(clt_tuning_find(table, "put"), "value") == 0);
    if (!whole) st = clt_fail(CLT_E_DATA, "no entry");
done:
    clt_tuning_free(table);
    free(payload);
    free(path);
    return st;
}
