#include "parts.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "text.h"

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for the parts of a run");
}

void clt_parts_free(struct clt_parts *parts)
{
    for (size_t i = 0; i < parts->n_parts; i++) free(parts->part[i].members);
    free(parts->part);
    *parts = (struct clt_parts){0};
}

enum clt_status clt_parts_add(struct clt_parts *parts, const size_t *members, size_t n)
{
    struct clt_part *grown = realloc(parts->part, (parts->n_parts + 1) * sizeof *grown);
    if (!grown) return no_memory();
    parts->part = grown;
    size_t *copy = calloc(n + 1, sizeof *copy);
    if (!copy) return no_memory();
    for (size_t i = 0; i < n; i++) copy[i] = members[i];
    grown[parts->n_parts++] = (struct clt_part){copy, n};
    return CLT_OK;
}

/* ---- the table: a list of parts, each a list of numbers ---- */

#define TABLE "parts/parts.json"

static json_t *part_json(const struct clt_part *part)
{
    json_t *list = json_array();
    for (size_t i = 0; i < part->n_members; i++)
        list = clt_json_append(list, json_integer((json_int_t)part->members[i]));
    return list;
}

enum clt_status clt_parts_write(const struct clt_parts *parts, const char *folder)
{
    enum clt_status st = CLT_OK;
    json_t *table = json_array();
    char *text = NULL, *below = clt_path_join(folder, "parts");
    for (size_t i = 0; i < parts->n_parts; i++)
        table = clt_json_append(table, part_json(&parts->part[i]));
    if (!below) TRY(no_memory());
    TRY(clt_folder_create(below));
    TRY(clt_json_write(&text, table));
    TRY(clt_file_replace_text(folder, TABLE, text));
done:
    json_decref(table);
    free(text);
    free(below);
    return st;
}

static enum clt_status damaged(const char *path)
{
    return clt_fail(CLT_E_DATA,
                    "%s: is no list of a run's parts: the file is damaged; put back a "
                    "copy or train anew",
                    path);
}

static enum clt_status read_part(struct clt_parts *out, const json_t *list, const char *path)
{
    enum clt_status st = CLT_OK;
    const size_t n = json_array_size(list);
    size_t *members = calloc(n + 1, sizeof *members);
    if (!members) return no_memory();
    if (n == 0) TRY(damaged(path));
    for (size_t i = 0; i < n; i++) {
        const json_t *number = json_array_get(list, i);
        const json_int_t value = json_integer_value(number);
        const bool ascends = i == 0 || (size_t)value > members[i - 1];
        if (!json_is_integer(number) || value < 0 || !ascends) TRY(damaged(path));
        members[i] = (size_t)value;
    }
    TRY(clt_parts_add(out, members, n));
done:
    free(members);
    return st;
}

/* The parts have each of the members 0, 1, ... once. */
static enum clt_status check_members(const struct clt_parts *parts, const char *path)
{
    enum clt_status st = CLT_OK;
    size_t members = 0;
    for (size_t i = 0; i < parts->n_parts; i++) members += parts->part[i].n_members;
    bool *found = calloc(members, sizeof *found);
    if (!found) return no_memory();
    for (size_t i = 0; i < parts->n_parts; i++)
        for (size_t p = 0; p < parts->part[i].n_members; p++) {
            const size_t member = parts->part[i].members[p];
            if (member >= members || found[member]) TRY(damaged(path));
            found[member] = true;
        }
done:
    free(found);
    return st;
}

enum clt_status clt_parts_read(struct clt_parts *out, const char *folder)
{
    enum clt_status st = CLT_OK;
    json_t *table = NULL;
    uint8_t *bytes = NULL;
    size_t size;
    bool exists;
    char *path = clt_path_join(folder, TABLE);
    *out = (struct clt_parts){0};
    if (!path) return no_memory();
    TRY(clt_file_find(&exists, path));
    if (!exists) goto done;
    TRY(clt_file_read_up_to(&bytes, &size, path, CLT_RECORD_MOST));
    if (clt_json_parse(&table, bytes, size, 0) == CLT_E_NOMEM) TRY(no_memory());
    if (json_array_size(table) == 0) TRY(damaged(path));
    for (size_t i = 0; i < json_array_size(table); i++)
        TRY(read_part(out, json_array_get(table, i), path));
    TRY(check_members(out, path));
done:
    if (st != CLT_OK) clt_parts_free(out);
    json_decref(table);
    free(bytes);
    free(path);
    return st;
}

char *clt_part_folder(const char *folder, size_t part)
{
    struct clt_text path = {0};
    clt_text_add(&path, "%s/parts/%02zu", folder, part + 1);
    return clt_text_take(&path);
}

/* Whether the part has the member; *index is its place there. */
static bool find_member(size_t *index, const struct clt_part *part, size_t member)
{
    for (*index = 0; *index < part->n_members; ++*index)
        if (part->members[*index] == member) return true;
    return false;
}

enum clt_status clt_parts_locate(char **out_folder, size_t *out_member, const char *folder,
                                 size_t member)
{
    enum clt_status st = CLT_OK;
    struct clt_parts parts;
    *out_folder = NULL;
    TRY(clt_parts_read(&parts, folder));
    *out_member = member;
    size_t part = 0, index = 0;
    while (part < parts.n_parts && !find_member(&index, &parts.part[part], member)) part++;
    if (part < parts.n_parts) {
        *out_folder = clt_part_folder(folder, part);
        *out_member = index;
    } else {
        *out_folder = strdup(folder);
    }
    clt_parts_free(&parts);
    if (!*out_folder) st = no_memory();
done:
    return st;
}
