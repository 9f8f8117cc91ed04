/* npy.c - magic, version 1.0, the header's length as a little-endian u16, a Python dictionary
 * padded with spaces up to a multiple of 64 and a newline, the elements. */
#include "npy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "text.h"

#define PREFIX    10 /* bytes before the dictionary */
#define ALIGNMENT 64

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ORDER "<"
#else
#define ORDER ">"
#endif

static void add_header(struct clt_text *text, const struct clt_npy *array, const char *type)
{
    struct clt_text header = {0};
    clt_text_add(&header, "{'descr': '%s', 'fortran_order': False, 'shape': (", type);
    for (size_t i = 0; i < array->rank; i++)
        clt_text_add(&header, "%s%zu", i ? ", " : "", array->dim[i]);
    if (array->rank == 1) clt_text_add(&header, ","); /* else a number in parentheses */
    clt_text_add(&header, "), }");
    const size_t used = PREFIX + header.length + 1;
    clt_text_add(&header, "%*s\n", (int)((ALIGNMENT - used % ALIGNMENT) % ALIGNMENT), "");
    const char prefix[PREFIX] = {'\x93',
                                 'N',
                                 'U',
                                 'M',
                                 'P',
                                 'Y',
                                 1,
                                 0,
                                 (char)(header.length & 0xff),
                                 (char)(header.length >> 8)};
    clt_text_add_bytes(text, prefix, sizeof prefix);
    if (header.failed)
        text->failed = true;
    else
        clt_text_add_bytes(text, header.bytes, header.length);
    clt_text_free(&header);
}

enum clt_status clt_npy_write(const char *path, const struct clt_npy *array)
{
    static const struct {
        const char *name;
        size_t size;
    } types[] = {[CLT_NPY_F64] = {ORDER "f8", 8}, [CLT_NPY_U16] = {ORDER "u2", 2}};
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    size_t size = types[array->type].size;
    assert(array->rank <= CLT_NPY_RANK);
    for (size_t i = 0; i < array->rank; i++) size *= array->dim[i];
    add_header(&text, array, types[array->type].name);
    clt_text_add_bytes(&text, array->elements, size);
    if (text.failed)
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
    else
        st = clt_file_replace(path, text.bytes, text.length);
    clt_text_free(&text);
    return st;
}
