/* settings.h - a config as a tree of settings, each with the place it came from. */
#ifndef CLT_SETTINGS_H
#define CLT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"
#include "text.h"

enum clt_setting_kind {
    CLT_SETTING_GROUP,
    CLT_SETTING_LIST, /* an array or a list */
    CLT_SETTING_BOOL,
    CLT_SETTING_INTEGER,
    CLT_SETTING_REAL,
    CLT_SETTING_STRING
};

/* Owns everything it points at but its parent. */
struct clt_settings {
    char *name; /* NULL for a list's entries and for the root */
    enum clt_setting_kind kind;
    bool truth;
    int64_t integer;
    double real;
    char *text;
    char *file;    /* or "--set path=value" */
    unsigned line; /* 0: no line to name */
    struct clt_settings *parent;
    struct clt_settings **child;
    size_t n_children;
};

/* Records that memory is out. */
static inline enum clt_status clt_settings_no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "out of memory while reading a config");
}

/* `name` may be NULL. NULL when memory is out. */
struct clt_settings *clt_settings_create(enum clt_setting_kind kind, const char *name,
                                         const char *file, unsigned line);
struct clt_settings *clt_settings_create_string(const char *text, const char *name,
                                                const char *file, unsigned line);
struct clt_settings *clt_settings_copy(const struct clt_settings *settings);
void clt_settings_free(struct clt_settings *settings); /* NULL is fine */

/* NULL where the group has no such child, or is none. */
struct clt_settings *clt_settings_child(const struct clt_settings *group, const char *name);
/* The setting at "train.l2" or "model[0].units"; NULL where there is none. */
struct clt_settings *clt_settings_find(struct clt_settings *root, const char *path);
/* The value of a number of either kind. */
double clt_settings_number(const struct clt_settings *number);
/* The setting's place among its siblings. */
size_t clt_settings_index(const struct clt_settings *setting);

/* Each takes `*child` over and leaves NULL there on success. CLT_E_NOMEM. */
enum clt_status clt_settings_append(struct clt_settings *parent, struct clt_settings **child);
enum clt_status clt_settings_put(struct clt_settings *group, struct clt_settings **child);
void clt_settings_replace(struct clt_settings *old, struct clt_settings **by);
/* Replaces a string's text and takes it over. */
void clt_settings_set_text(struct clt_settings *setting, char *text);

void clt_settings_remove(struct clt_settings *child); /* with all below it; NULL is fine */

/* Moves the settings of `over` into `into`, group by group; anything else replaces, and so does a
 * group whose `type` or `policy` differs. `over` is left with what was not moved. */
enum clt_status clt_settings_merge(struct clt_settings *into, struct clt_settings *over);

/* One step of a path: a name or an index. `*path` moves behind it. False where the path is
 * malformed. */
struct clt_path_step {
    const char *name; /* not terminated; NULL for an index */
    size_t length;
    size_t index;
};
bool clt_path_next(const char **path, struct clt_path_step *step);
struct clt_settings *clt_settings_step(const struct clt_settings *from,
                                       const struct clt_path_step *step);

/* "model[2].units" */
void clt_settings_add_path(struct clt_text *text, const struct clt_settings *setting);
/* "x.cfg:14", "--set train.l2=1" */
void clt_settings_add_place(struct clt_text *text, const struct clt_settings *setting);

/* The text so far, to be put into a message; "" where there is none. */
const char *clt_text_shown(const struct clt_text *text);

#endif
