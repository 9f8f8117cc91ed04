/* A file is a u64 little-endian N, N bytes of JSON padded with spaces to a multiple of 8, then the
 * tensors' data without holes. Offsets are relative to the data. */
#include "safetensors.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "file.h"
#include "json.h"
#include "text.h"

#define PREAMBLE   8         /* bytes of N */
#define MAX_HEADER 100000000 /* the format's own limit */
#define DIGITS     8         /* of the checksum */
#define MAX_RANK   4

/* How the header of a file of ours begins. The checksum is announced twice, so that a damaged key
 * cannot make the file look like one that never had a checksum. */
#define CHECKSUM_PREFIX "{\"__metadata__\":{\"checksum\":\"crc32\",\"crc32\":\""
#define CHECKSUM_BLANK  "00000000"
#define CHECKSUM_AT     (PREAMBLE + sizeof CHECKSUM_PREFIX - 1)

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [CLT_DTYPE_F32] = {"F32", 4}, [CLT_DTYPE_F64] = {"F64", 8}, [CLT_DTYPE_I64] = {"I64", 8},
    [CLT_DTYPE_U64] = {"U64", 8}, [CLT_DTYPE_U32] = {"U32", 4}, [CLT_DTYPE_U8] = {"U8", 1},
};

#define N_DTYPES (sizeof dtypes / sizeof dtypes[0])

/* False where the product does not fit. */
static bool tensor_size(size_t *out, const struct clt_tensor *tensor)
{
    size_t size = dtypes[tensor->dtype].size;
    for (size_t i = 0; i < tensor->rank; i++)
        if (!clt_multiply(&size, size, tensor->dim[i])) return false;
    *out = size;
    return true;
}

/* ---- writing ---- */

/* Of a tensor that lies in memory, whose size therefore fits. */
static size_t size_in_memory(const struct clt_tensor *tensor)
{
    size_t size = 0;
    const bool fits = tensor_size(&size, tensor);
    assert(fits);
    (void)fits;
    return size;
}

/* By falling element size, as the official writer does: each tensor is aligned without holes. */
static const struct clt_tensor **lay_out(const struct clt_tensor *tensors, size_t n)
{
    size_t count = 0;
    const struct clt_tensor **order = calloc(n + 1, sizeof *order);
    if (!order) return NULL;
    for (size_t size = 8; size > 0; size /= 2)
        for (size_t i = 0; i < n; i++)
            if (dtypes[tensors[i].dtype].size == size) order[count++] = &tensors[i];
    return order;
}

/* These give NULL where memory is out. */
static json_t *metadata_json(const struct clt_metadata *metadata, size_t n)
{
    json_t *object = json_pack("{s:s,s:s}", "checksum", "crc32", "crc32", CHECKSUM_BLANK);
    for (size_t i = 0; i < n; i++) {
        assert(!json_object_get(object, metadata[i].key));
        object = clt_json_set(object, metadata[i].key, clt_json_string(metadata[i].value));
    }
    return object;
}

static json_t *tensor_json(const struct clt_tensor *tensor, size_t begin)
{
    const size_t end = begin + size_in_memory(tensor);
    json_t *shape = json_array();
    for (size_t i = 0; i < tensor->rank; i++)
        shape = clt_json_append(shape, json_integer((json_int_t)tensor->dim[i]));
    return json_pack("{s:s,s:o,s:[I,I]}", "dtype", dtypes[tensor->dtype].name, "shape", shape,
                     "data_offsets", (json_int_t)begin, (json_int_t)end);
}

static char *header_text(const struct clt_tensor *const *order, size_t n_tensors,
                         const struct clt_metadata *metadata, size_t n_metadata)
{
    size_t offset = 0;
    json_t *header = json_pack("{s:o}", "__metadata__", metadata_json(metadata, n_metadata));
    for (size_t i = 0; i < n_tensors; i++) {
        assert(!json_object_get(header, order[i]->name));
        header = clt_json_set(header, order[i]->name, tensor_json(order[i], offset));
        offset += size_in_memory(order[i]);
    }
    char *text = json_dumps(header, JSON_COMPACT);
    json_decref(header);
    return text;
}

/* All that precedes the data, the checksum blank. */
static enum clt_status build_head(struct clt_text *head, const char *path, const char *json)
{
    const size_t length = clt_round_up(strlen(json), 8);
    uint8_t preamble[PREAMBLE];
    if (length > MAX_HEADER)
        return clt_fail(CLT_E_OUTPUT,
                        "%s: its header would have %zu bytes, the format allows %d; train fewer "
                        "members at once",
                        path, length, MAX_HEADER);
    for (size_t i = 0; i < PREAMBLE; i++) preamble[i] = (uint8_t)((uint64_t)length >> (8 * i));
    clt_text_add_bytes(head, (const char *)preamble, PREAMBLE);
    clt_text_add(head, "%s%*s", json, (int)(length - strlen(json)), "");
    if (head->failed) return clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
    assert(memcmp(head->bytes + CHECKSUM_AT, CHECKSUM_BLANK, DIGITS) == 0);
    return CLT_OK;
}

static void format_checksum(char digits[DIGITS + 1], uint32_t checksum)
{
    snprintf(digits, DIGITS + 1, "%08" PRIx32, checksum);
}

static void fill_in_checksum(struct clt_text *head, const struct clt_tensor *const *order,
                             size_t n_tensors)
{
    char digits[DIGITS + 1];
    uint32_t checksum = clt_crc32(0, head->bytes, head->length);
    for (size_t i = 0; i < n_tensors; i++)
        checksum = clt_crc32(checksum, order[i]->data, size_in_memory(order[i]));
    format_checksum(digits, checksum);
    memcpy(head->bytes + CHECKSUM_AT, digits, DIGITS);
}

static enum clt_status write_file(const char *path, const struct clt_tensor *tensors,
                                  size_t n_tensors, const struct clt_metadata *metadata,
                                  size_t n_metadata, enum clt_status (*commit)(struct clt_file *))
{
    enum clt_status st = CLT_OK;
    struct clt_text head = {0};
    struct clt_file *file = NULL;
    const struct clt_tensor **order = lay_out(tensors, n_tensors);
    char *json = order ? header_text(order, n_tensors, metadata, n_metadata) : NULL;
    if (!json) {
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
        goto done;
    }
    TRY(build_head(&head, path, json));
    fill_in_checksum(&head, order, n_tensors);
    TRY(clt_file_create(&file, path));
    TRY(clt_file_write(file, head.bytes, head.length));
    for (size_t i = 0; i < n_tensors; i++)
        TRY(clt_file_write(file, order[i]->data, size_in_memory(order[i])));
    st = commit(file);
    file = NULL; /* commit frees it either way */
done:
    clt_file_abandon(file);
    clt_text_free(&head);
    free(json);
    free(order);
    return st;
}

enum clt_status clt_safetensors_write(const char *path, const struct clt_tensor *tensors,
                                      size_t n_tensors, const struct clt_metadata *metadata,
                                      size_t n_metadata)
{
    return write_file(path, tensors, n_tensors, metadata, n_metadata, clt_file_commit);
}

enum clt_status clt_safetensors_write_unsynced(const char *path, const struct clt_tensor *tensors,
                                               size_t n_tensors,
                                               const struct clt_metadata *metadata,
                                               size_t n_metadata)
{
    return write_file(path, tensors, n_tensors, metadata, n_metadata, clt_file_commit_unsynced);
}

/* ---- reading ---- */

struct clt_safetensors {
    char *path;
    uint8_t *bytes; /* the whole file */
    size_t size;
    size_t header_size;
    json_t *header;             /* holds the tensors' names */
    struct clt_tensor *tensors; /* by rising offset; data inside `bytes` */
    size_t n_tensors;
};

static enum clt_status damaged(const struct clt_safetensors *file, const char *what)
{
    return clt_fail(CLT_E_DATA, "%s: %s: it is damaged; take another checkpoint", file->path, what);
}

static enum clt_status tensor_damaged(const struct clt_safetensors *file, const char *name,
                                      const char *what)
{
    return clt_fail(CLT_E_DATA, "%s: tensor '%s' %s: the file is damaged; take another checkpoint",
                    file->path, name, what);
}

static const uint8_t *data_of(const struct clt_safetensors *file)
{
    return file->bytes + PREAMBLE + file->header_size;
}

static size_t data_size(const struct clt_safetensors *file)
{
    return file->size - PREAMBLE - file->header_size;
}

static enum clt_status check_frame(struct clt_safetensors *file)
{
    uint64_t length = 0;
    if (file->size < PREAMBLE) return damaged(file, "it ends within its first 8 bytes");
    for (size_t i = 0; i < PREAMBLE; i++) length |= (uint64_t)file->bytes[i] << (8 * i);
    if (length > MAX_HEADER || length > file->size - PREAMBLE)
        return damaged(file, "its header is longer than the file or the format allow");
    if (length == 0 || file->bytes[PREAMBLE] != '{')
        return damaged(file, "its header does not start with '{'");
    file->header_size = (size_t)length;
    return CLT_OK;
}

static bool has_checksum(const struct clt_safetensors *file)
{
    return CHECKSUM_AT - PREAMBLE + DIGITS <= file->header_size &&
           memcmp(file->bytes + PREAMBLE, CHECKSUM_PREFIX, CHECKSUM_AT - PREAMBLE) == 0;
}

static enum clt_status check_checksum(const struct clt_safetensors *file)
{
    char digits[DIGITS + 1];
    const size_t rest = CHECKSUM_AT + DIGITS;
    if (!has_checksum(file)) return CLT_OK;
    uint32_t checksum = clt_crc32(0, file->bytes, CHECKSUM_AT);
    checksum = clt_crc32(checksum, CHECKSUM_BLANK, DIGITS);
    checksum = clt_crc32(checksum, file->bytes + rest, file->size - rest);
    format_checksum(digits, checksum);
    if (memcmp(digits, file->bytes + CHECKSUM_AT, DIGITS) != 0)
        return damaged(file, "its checksum does not match");
    return CLT_OK;
}

/* All are strings; a checksum is mentioned only where check_checksum() found it. */
static enum clt_status check_metadata(const struct clt_safetensors *file)
{
    const char *key;
    const json_t *value;
    json_t *metadata = json_object_get(file->header, "__metadata__");
    if (!metadata) return CLT_OK;
    if (!json_is_object(metadata)) return damaged(file, "its metadata is no JSON object");
    json_object_foreach(metadata, key, value) if (!json_is_string(value)) return damaged(
        file, "its metadata holds more than strings");
    const char *kind = clt_safetensors_metadata(file, "checksum");
    const bool mentioned =
        clt_safetensors_metadata(file, "crc32") || (kind && strcmp(kind, "crc32") == 0);
    if (mentioned && !has_checksum(file))
        return clt_fail(CLT_E_DATA,
                        "%s: its checksum is not where cltrain writes it: the file is damaged, or "
                        "was rewritten by another program, which should leave out the metadata "
                        "'checksum' and 'crc32'; take another checkpoint",
                        file->path);
    return CLT_OK;
}

static enum clt_status parse_header(struct clt_safetensors *file)
{
    const enum clt_status st = clt_json_parse(&file->header, file->bytes + PREAMBLE,
                                              file->header_size, JSON_REJECT_DUPLICATES);
    if (st == CLT_E_DATA) return damaged(file, "its header is not JSON, or has a name twice");
    return st == CLT_OK ? check_metadata(file) : clt_fail_within(st, "%s", file->path);
}

static enum clt_status parse_dtype(struct clt_tensor *tensor, const struct clt_safetensors *file,
                                   const char *dtype)
{
    for (size_t i = 0; i < N_DTYPES; i++) {
        if (strcmp(dtypes[i].name, dtype) == 0) {
            tensor->dtype = (enum clt_dtype)i;
            return CLT_OK;
        }
    }
    return clt_fail(CLT_E_DATA,
                    "%s: tensor '%s' is of type '%s', which cltrain does not read; save it as F32",
                    file->path, tensor->name, dtype);
}

static enum clt_status parse_shape(struct clt_tensor *tensor, const struct clt_safetensors *file,
                                   const json_t *shape)
{
    size_t i;
    const json_t *dim;
    if (!json_is_array(shape)) return tensor_damaged(file, tensor->name, "has no shape");
    if (json_array_size(shape) > MAX_RANK)
        return clt_fail(CLT_E_DATA, "%s: tensor '%s' has %zu dimensions, cltrain reads up to %d",
                        file->path, tensor->name, json_array_size(shape), MAX_RANK);
    tensor->rank = json_array_size(shape);
    json_array_foreach(shape, i, dim)
    {
        if (!json_is_integer(dim) || json_integer_value(dim) < 0)
            return tensor_damaged(file, tensor->name, "has a dimension that is no size");
        tensor->dim[i] = (size_t)json_integer_value(dim);
    }
    return CLT_OK;
}

static enum clt_status parse_tensor(struct clt_tensor *tensor, const struct clt_safetensors *file,
                                    const char *name, json_t *description)
{
    enum clt_status st = CLT_OK;
    const char *dtype;
    const json_t *shape;
    json_int_t begin, end;
    json_error_t error;
    size_t size;
    tensor->name = name;
    if (json_unpack_ex(description, &error, 0, "{s:s,s:o,s:[I,I!]}", "dtype", &dtype, "shape",
                       &shape, "data_offsets", &begin, &end) < 0)
        return json_error_code(&error) == json_error_out_of_memory
                   ? clt_fail(CLT_E_NOMEM, "%s: out of memory", file->path)
                   : tensor_damaged(file, name, "lacks its dtype, shape or data_offsets");
    TRY(parse_dtype(tensor, file, dtype));
    TRY(parse_shape(tensor, file, shape));
    if (begin < 0 || end < begin || (uint64_t)end > data_size(file))
        return tensor_damaged(file, name, "does not lie within the file");
    if (!tensor_size(&size, tensor) || size != (size_t)(end - begin))
        return tensor_damaged(file, name, "has more or fewer bytes than its shape says");
    tensor->data = data_of(file) + begin;
    if ((PREAMBLE + file->header_size + (size_t)begin) % dtypes[tensor->dtype].size != 0)
        st = clt_fail(CLT_E_DATA,
                      "%s: tensor '%s' is not aligned for its type; save it again with a current "
                      "safetensors",
                      file->path, name);
done:
    return st;
}

/* Empty tensors stand before the one that starts where they lie. */
static int by_offset(const void *left, const void *right)
{
    const struct clt_tensor *a = left, *b = right;
    size_t a_size = 0, b_size = 0;
    if (a->data != b->data) return (const uint8_t *)a->data < (const uint8_t *)b->data ? -1 : 1;
    tensor_size(&a_size, a);
    tensor_size(&b_size, b);
    return (a_size > b_size) - (a_size < b_size);
}

static enum clt_status parse_tensors(struct clt_safetensors *file)
{
    enum clt_status st = CLT_OK;
    const char *name;
    json_t *description;
    file->tensors = calloc(json_object_size(file->header) + 1, sizeof *file->tensors);
    if (!file->tensors) return clt_fail(CLT_E_NOMEM, "%s: out of memory", file->path);
    json_object_foreach(file->header, name, description)
    {
        if (strcmp(name, "__metadata__") == 0) continue;
        TRY(parse_tensor(&file->tensors[file->n_tensors++], file, name, description));
    }
    qsort(file->tensors, file->n_tensors, sizeof *file->tensors, by_offset);
done:
    return st;
}

/* The data is the tensors, one after the other, and nothing else. */
static enum clt_status check_layout(const struct clt_safetensors *file)
{
    const uint8_t *end = data_of(file);
    for (size_t i = 0; i < file->n_tensors; i++) {
        if (file->tensors[i].data != end)
            return tensor_damaged(file, file->tensors[i].name,
                                  "overlaps another or leaves a hole before it");
        end += size_in_memory(&file->tensors[i]);
    }
    if (end != file->bytes + file->size) return damaged(file, "bytes follow its last tensor");
    return CLT_OK;
}

enum clt_status clt_safetensors_read(struct clt_safetensors **out, const char *path)
{
    uint8_t *bytes;
    size_t size;
    *out = NULL;
    const enum clt_status st = clt_file_read(&bytes, &size, path);
    return st == CLT_OK ? clt_safetensors_parse(out, path, bytes, size) : st;
}

enum clt_status clt_safetensors_parse(struct clt_safetensors **out, const char *path,
                                      uint8_t *bytes, size_t size)
{
    enum clt_status st = CLT_OK;
    *out = NULL;
    struct clt_safetensors *file = calloc(1, sizeof *file);
    if (!file || !(file->path = strdup(path))) {
        free(bytes);
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
        goto done;
    }
    file->bytes = bytes;
    file->size = size;
    TRY(check_frame(file));
    TRY(check_checksum(file));
    TRY(parse_header(file));
    TRY(parse_tensors(file));
    TRY(check_layout(file));
    *out = file;
    file = NULL;
done:
    clt_safetensors_free(file);
    return st;
}

void clt_safetensors_free(struct clt_safetensors *file)
{
    if (!file) return;
    json_decref(file->header);
    free(file->tensors);
    free(file->bytes);
    free(file->path);
    free(file);
}

/* "F32 [10][50]", for free(); NULL where memory is out. */
static char *describe(const struct clt_tensor *tensor)
{
    struct clt_text text = {0};
    clt_text_add(&text, "%s %s", dtypes[tensor->dtype].name, tensor->rank ? "" : "scalar");
    for (size_t i = 0; i < tensor->rank; i++) clt_text_add(&text, "[%zu]", tensor->dim[i]);
    return clt_text_take(&text);
}

static bool same_type(const struct clt_tensor *a, const struct clt_tensor *b)
{
    return a->dtype == b->dtype && a->rank == b->rank &&
           memcmp(a->dim, b->dim, a->rank * sizeof a->dim[0]) == 0;
}

static enum clt_status does_not_fit(const struct clt_safetensors *file,
                                    const struct clt_tensor *wanted, const struct clt_tensor *found)
{
    enum clt_status st;
    char *wanted_text = describe(wanted);
    char *found_text = found ? describe(found) : strdup("missing");
    if (!wanted_text || !found_text)
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", file->path);
    else
        st = clt_fail(CLT_E_DATA,
                      "%s: tensor '%s' is %s, wanted is %s; take a checkpoint of this model",
                      file->path, wanted->name, found_text, wanted_text);
    free(wanted_text);
    free(found_text);
    return st;
}

enum clt_status clt_safetensors_find(const void **data, const struct clt_safetensors *file,
                                     const struct clt_tensor *wanted)
{
    const struct clt_tensor *found = NULL;
    *data = NULL;
    for (size_t i = 0; i < file->n_tensors && !found; i++)
        if (strcmp(file->tensors[i].name, wanted->name) == 0) found = &file->tensors[i];
    if (!found || !same_type(found, wanted)) return does_not_fit(file, wanted, found);
    *data = found->data;
    return CLT_OK;
}

const char *clt_safetensors_metadata(const struct clt_safetensors *file, const char *key)
{
    return json_string_value(json_object_get(json_object_get(file->header, "__metadata__"), key));
}
