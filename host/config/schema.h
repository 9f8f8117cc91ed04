/* schema.h - every key of a config: its type, default, range, destination and meaning, once. */
#ifndef CLT_CONFIG_SCHEMA_H
#define CLT_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "errors.h"
#include "settings.h"

enum clt_key_type {
    CLT_KEY_BOOL,    /* bool */
    CLT_KEY_SIZE,    /* size_t */
    CLT_KEY_COUNT,   /* uint64_t */
    CLT_KEY_INDEX,   /* long */
    CLT_KEY_REAL,    /* double */
    CLT_KEY_NAME,    /* one of `names`, as its index: unsigned, or an enum in that order */
    CLT_KEY_TEXT,    /* char *; one of `names` where there are any */
    CLT_KEY_PATH,    /* char *: a text that becomes an absolute path */
    CLT_KEY_FILES,   /* struct clt_names */
    CLT_KEY_SPLIT,   /* a whole number, or files; see the destination of data.validation */
    CLT_KEY_SIZES,   /* a list of whole numbers; not stored by itself, as those up to the rows */
    CLT_KEY_NUMBERS, /* a list of numbers, whole or not */
    CLT_KEY_PAIRS,   /* a list of pairs of numbers */
    CLT_KEY_TEXTS,   /* a list of strings */
    CLT_KEY_VALUES,  /* a list of anything, or a group of `keys` */
    CLT_KEY_SPACE,   /* (low, high), or a group of `keys` */
    CLT_KEY_ROWS,    /* a list of groups: `keys`, or `choice` */
    CLT_KEY_OVERLAY, /* a group of a config's keys: checked once it is merged over a config */
    CLT_KEY_ROOT,    /* what the config's key of the same name takes: checked in its place */
    CLT_KEY_GROUP,   /* `keys`, stored from the offset on */
    CLT_KEY_CHOICE   /* `choice`, stored from the offset on */
};

/* lowest <= x <= highest, or strictly so. */
struct clt_range {
    double lowest, highest;
    bool above, below; /* strictly */
};

/* Whether members of a population may differ in a key. */
enum clt_varies {
    CLT_VARIES_NO,
    CLT_VARIES_BY_MEMBER, /* within one run */
    CLT_VARIES_BY_CYCLE, /* where train.cycles is given it sets the length: by group; else by member
                          */
    CLT_VARIES_BY_GROUP  /* those that differ in it train as runs of their own */
};

/* Looks at a setting whose own keys are right, for what one key alone cannot tell. */
typedef void clt_check(struct clt_errors *errors, const struct clt_settings *setting);

struct clt_key {
    const char *name; /* NULL ends a table */
    enum clt_key_type type;
    const char *fallback; /* as written in a config; NULL: none */
    bool required;
    enum clt_varies varies; /* of a group or list: in it as a whole */
    const struct clt_range *range;
    const char *const *names; /* ends in NULL */
    const struct clt_key *keys;
    const struct clt_choice *choice;
    clt_check *check;
    size_t offset;
    bool unstored; /* clt_fill() leaves it to code that knows the whole row */
    const char *doc;
};

/* A group whose keys depend on its `selector`. */
struct clt_variant {
    const char *name; /* NULL ends a table */
    const struct clt_key *keys;
    clt_check *check;
    const char *doc;
};

enum clt_shorthand {
    CLT_SHORTHAND_NONE,
    CLT_SHORTHAND_STRING, /* the selector alone */
    CLT_SHORTHAND_NUMBER  /* the first key of the first variant alone */
};

struct clt_choice {
    const char *selector;
    enum clt_shorthand shorthand;
    const struct clt_variant *variants;
    size_t kind_offset; /* of the variant's index */
};

/* The keys of a whole config. */
const struct clt_key *clt_schema(void);
/* What stands in a config's `model`: the kinds of enum clt_layer_kind, then mlp. */
const struct clt_choice *clt_schema_layers(void);
/* The keys of a row of `expect`. */
const struct clt_key *clt_schema_expectation(void);
/* The keys `study` and `compare` of a config that describes several runs. */
const struct clt_key *clt_schema_study(void);
/* The keys of a row of `compare`. */
const struct clt_key *clt_schema_comparison(void);

const struct clt_key *clt_schema_key(const struct clt_key *keys, const char *name);
/* The variant that a setting of a choice selects; NULL where it names none. */
const struct clt_variant *clt_schema_variant(const struct clt_choice *choice,
                                             const struct clt_settings *setting);

/* The key at "train.l2"; NULL where there is none. Indices lead to a list's rows. */
const struct clt_key *clt_schema_find(const char *path);
/* Whether --set takes `text` as it is for the setting at `path`: that is a string, or nobody knows
 * it, and then the path is what is wrong. */
bool clt_schema_takes_text(const char *path, const char *text);

/* "train.l2, seed": the keys that vary so. */
void clt_schema_add_varying(struct clt_text *text, enum clt_varies how);
/* "idx, cifar10": the names of variants. */
void clt_schema_add_variants(struct clt_text *text, const struct clt_choice *choice);

/* "a whole number", "one of a, b, c": what a key takes. */
void clt_schema_add_type(struct clt_text *text, const struct clt_key *key);
/* "at least 0 and below 1"; nothing without a range. */
void clt_schema_add_range(struct clt_text *text, const struct clt_key *key);

#endif
