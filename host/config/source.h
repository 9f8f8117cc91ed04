/* source.h - a config file's text with its @includes put in place, and where each line came from.
 */
#ifndef CLT_CONFIG_SOURCE_H
#define CLT_CONFIG_SOURCE_H

#include <stddef.h>

#include "errors.h"
#include "text.h"

struct clt_place {
    const char *file; /* one of source->file */
    unsigned line;
};

struct clt_places {
    struct clt_place *at;
    size_t count;
};

/* Start with {0}. */
struct clt_source {
    struct clt_text text;
    struct clt_places lines;   /* of the text's lines */
    struct clt_places strings; /* of its string values, in order */
    char **file;
    size_t n_files;
};

enum { CLT_INCLUDE_DEPTH = 16, CLT_INCLUDE_COUNT = 1000 };

/* Reads `path`. CLT_E_DATA where it cannot be read, CLT_E_NOMEM. All else that is wrong goes to
 * `errors`, and the text is then incomplete. */
enum clt_status clt_source_read(struct clt_source *source, const char *path,
                                struct clt_errors *errors);
/* The same for a text that is no file and may not include; `name` stands in for a file, without
 * lines. */
enum clt_status clt_source_read_text(struct clt_source *source, const char *text, const char *name,
                                     struct clt_errors *errors);
void clt_source_free(struct clt_source *source);

/* The place of line `line` (from 1; 0: the whole) of the text. */
struct clt_place clt_source_place(const struct clt_source *source, unsigned line);

/* *out = `text` with each ${NAME} replaced by that variable's value; the caller frees it. NULL with
 * CLT_OK where that is impossible: *fault, for free(), says why. CLT_E_NOMEM. */
enum clt_status clt_expand_variables(char **out, char **fault, const char *text);

/* *out = what `name` means in `file`: itself where it is absolute, else beside that file. The
 * caller frees it. CLT_E_NOMEM. */
enum clt_status clt_path_beside(char **out, const char *file, const char *name);

#endif
