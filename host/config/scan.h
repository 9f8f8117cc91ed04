/* scan.h - a lexical pass over libconfig text, for what libconfig itself hides: an integer that
 * does not fit wraps without an error, a float may be infinite, an @include looks in the working
 * directory, and a string in a list carries the line of what follows it. */
#ifndef CLT_CONFIG_SCAN_H
#define CLT_CONFIG_SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum clt_token_kind {
    CLT_TOKEN_END,
    CLT_TOKEN_NUMBER,
    CLT_TOKEN_STRING,  /* without the quotes, escapes as they stand */
    CLT_TOKEN_INCLUDE, /* the whole directive; its file name is name, name_length */
    CLT_TOKEN_UNCLOSED /* a string or comment without an end */
};

struct clt_token {
    enum clt_token_kind kind;
    const char *start;
    size_t length;
    unsigned line;
    const char *name;
    size_t name_length;
    bool joined; /* a string that continues the one before it */
};

/* Start with {.at = text, .line = 1}. */
struct clt_scan {
    const char *at;
    unsigned line;
    bool inside_line; /* something stands before `at` on its line */
    bool after_string;
};

/* The next token of interest; all else is skipped. */
void clt_scan_next(struct clt_scan *scan, struct clt_token *token);

/* What is wrong with a number, as the rest of a message; NULL where nothing is. */
const char *clt_scan_number_fault(const struct clt_token *number);

#endif
