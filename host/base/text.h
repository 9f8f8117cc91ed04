/* text.h - a string that grows. */
#ifndef CLT_TEXT_H
#define CLT_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Start with {0}. After a failed allocation `failed` is set and further calls do nothing, so that
 * only the end needs a check. */
struct clt_text {
    char *bytes; /* '\0'-terminated once something was added */
    size_t length, capacity;
    bool failed;
};

__attribute__((format(printf, 2, 3))) void clt_text_add(struct clt_text *text, const char *format,
                                                        ...);
void clt_text_add_bytes(struct clt_text *text, const char *bytes, size_t length);
/* `value` to that many significant digits, with a point in every locale. */
void clt_text_add_digits(struct clt_text *text, double value, int digits);
/* The shortest text that reads back as `value`: "0.001", "1". */
void clt_text_add_shortest(struct clt_text *text, double value);
/* The string, for free(); an empty one where nothing was added; NULL where memory was out. Leaves
 * {0}. */
char *clt_text_take(struct clt_text *text);
void clt_text_free(struct clt_text *text);

/* Length of the UTF-8 character that `text` starts with; 0 where it is none (RFC 3629, section 4:
 * no overlong form, no surrogate, nothing above U+10FFFF). */
size_t clt_character_length(const char *text);
/* Whether that character is no control character (U+0000 to U+001F, U+007F to U+009F): a terminal
 * may take those as commands. False for what is none. */
bool clt_character_is_shown(const char *text);
/* Whether a string is such characters, tabs and line feeds alone. */
bool clt_text_is_shown(const char *text);
/* Makes it so: each byte of anything else becomes '?'. */
void clt_text_make_shown(char *text);

#endif
