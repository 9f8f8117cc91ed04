#include "scan.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "0123456789";
static const char name_start[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*";
static const char name_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*"
                                 "0123456789-_";

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c);
}

/* Moves over `length` bytes and counts their lines. */
static void advance(struct clt_scan *scan, size_t length)
{
    for (const char *end = scan->at + length; scan->at < end; scan->at++) {
        scan->inside_line = *scan->at != '\n';
        if (*scan->at == '\n') scan->line++;
    }
}

/* The length of the string literal at `p`, quotes included; 0 where it has no end. */
static size_t string_length(const char *p)
{
    size_t n = 1;
    while (p[n] != '"') {
        if (p[n] == '\\' && p[n + 1] != '\0') n++;
        if (p[n] == '\0') return 0;
        n++;
    }
    return n + 1;
}

/* The length of `@include "name"` at `p`, with the name; 0 where there is none. */
static size_t include_length(const char *p, struct clt_token *token)
{
    static const char word[] = "@include";
    size_t n = strspn(p, " \t");
    if (strncmp(p + n, word, sizeof word - 1) != 0) return 0;
    n += sizeof word - 1;
    const size_t blanks = strspn(p + n, " \t");
    n += blanks;
    if (blanks == 0 || p[n] != '"') return 0;
    token->name = p + n + 1;
    token->name_length = strcspn(token->name, "\"");
    n += token->name_length + 1;
    return p[n] == '"' ? n + 1 : 0;
}

/* The length of L or LL at `p`. */
static size_t suffix_length(const char *p)
{
    return p[0] != 'L' ? 0 : p[1] == 'L' ? 2 : 1;
}

/* The length of the number at `p` as libconfig's scanner cuts it; 0 where there is none. */
static size_t number_length(const char *p)
{
    size_t n = 0;
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
        n = 2 + strspn(p + 2, "0123456789abcdefABCDEF");
        return n > 2 ? n + suffix_length(p + n) : 1;
    }
    if (is_one_of(p[n], "+-")) n++;
    const size_t whole = strspn(p + n, digits);
    n += whole;
    const bool point = p[n] == '.';
    if (!point && whole == 0) return 0;
    if (point) n += 1 + strspn(p + n + 1, digits);
    if (is_one_of(p[n], "eE")) {
        const size_t sign = is_one_of(p[n + 1], "+-");
        const size_t exponent = strspn(p + n + 1 + sign, digits);
        if (exponent > 0) return n + 1 + sign + exponent;
    }
    return point ? n : n + suffix_length(p + n);
}

/* The length of blanks, a comment, a name or a single other byte at `p`; 0: a comment without an
 * end. */
static size_t skipped_length(const char *p)
{
    if (p[0] == '#' || (p[0] == '/' && p[1] == '/')) return strcspn(p, "\n");
    if (p[0] == '/' && p[1] == '*') {
        const char *end = strstr(p + 2, "*/");
        return end ? (size_t)(end - p) + 2 : 0;
    }
    if (is_one_of(*p, name_start)) return strspn(p, name_bytes);
    return 1;
}

static bool is_blank_or_comment(const char *p)
{
    return is_one_of(*p, " \t\r\n\f#") || (p[0] == '/' && (p[1] == '/' || p[1] == '*'));
}

void clt_scan_next(struct clt_scan *scan, struct clt_token *token)
{
    for (;;) {
        const char *p = scan->at;
        size_t length;
        *token = (struct clt_token){.start = p, .line = scan->line};
        if (*p == '\0') return;
        if (!scan->inside_line && (length = include_length(p, token)) > 0) {
            token->kind = CLT_TOKEN_INCLUDE;
        } else if (*p == '"') {
            length = string_length(p);
            token->kind = length > 0 ? CLT_TOKEN_STRING : CLT_TOKEN_UNCLOSED;
            token->joined = scan->after_string;
        } else if ((length = number_length(p)) > 0) {
            token->kind = CLT_TOKEN_NUMBER;
        } else {
            length = skipped_length(p);
            if (length == 0) token->kind = CLT_TOKEN_UNCLOSED;
        }
        if (!is_blank_or_comment(p)) scan->after_string = token->kind == CLT_TOKEN_STRING;
        if (token->kind == CLT_TOKEN_UNCLOSED) length = strlen(p);
        token->length = length;
        advance(scan, length);
        if (token->kind != CLT_TOKEN_END) return;
    }
}

const char *clt_scan_number_fault(const struct clt_token *number)
{
    const char *p = number->start;
    const bool hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
    const bool whole = hex || strspn(p, "+-0123456789L") >= number->length;
    if (!whole) return isinf(strtod(p, NULL)) ? "is too large for a float" : NULL;
    errno = 0;
    const long long value = strtoll(p, NULL, hex ? 16 : 10);
    if (errno == ERANGE) return "does not fit in 64 bits";
    if (p[number->length - 1] != 'L' && (value > INT32_MAX || value < INT32_MIN))
        return "is beyond 32 bits and needs the suffix L";
    return NULL;
}
