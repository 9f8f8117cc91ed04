#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"

/* Room for `extra` bytes and the '\0' behind them. */
static bool reserve(struct clt_text *text, size_t extra)
{
    size_t wanted, doubled;
    if (text->failed || !clt_add(&wanted, text->length, extra) || !clt_add(&wanted, wanted, 1)) {
        text->failed = true;
        return false;
    }
    if (wanted <= text->capacity) return true;
    if (clt_multiply(&doubled, text->capacity, 2) && doubled > wanted) wanted = doubled;
    char *bytes = realloc(text->bytes, wanted);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = wanted;
    return true;
}

void clt_text_add(struct clt_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) text->failed = true;
    if (length < 0 || !reserve(text, (size_t)length)) return;
    va_start(args, format);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, args);
    va_end(args);
    text->length += (size_t)length;
}

void clt_text_add_bytes(struct clt_text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length)) return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

static void print_digits(char out[40], double value, int digits)
{
    snprintf(out, 40, "%.*g", digits, value);
    char *comma = strchr(out, ','); /* the decimal point of the locale in force */
    if (comma) *comma = '.';
}

void clt_text_add_digits(struct clt_text *text, double value, int digits)
{
    char number[40];
    print_digits(number, value, digits);
    clt_text_add(text, "%s", number);
}

void clt_text_add_shortest(struct clt_text *text, double value)
{
    char number[40] = "", other[40]; /* more digits may be shorter: 10 is 1e+01 */
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(other, sizeof other, "%.*g", digits, value);
        if (strtod(other, NULL) != value) continue;
        if (!*number || strlen(other) < strlen(number)) print_digits(number, value, digits);
    }
    clt_text_add(text, "%s", number);
}

char *clt_text_take(struct clt_text *text)
{
    clt_text_add_bytes(text, "", 0); /* even an empty text is a string */
    char *bytes = text->bytes;
    if (text->failed) {
        free(bytes);
        bytes = NULL;
    }
    *text = (struct clt_text){0};
    return bytes;
}

void clt_text_free(struct clt_text *text)
{
    free(text->bytes);
    *text = (struct clt_text){0};
}

size_t clt_character_length(const char *text)
{
    const uint8_t *byte = (const uint8_t *)text;
    const uint8_t lead = byte[0];
    if (lead < 0x80) return 1;
    const size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                          : (lead & 0xf0) == 0xe0        ? 3
                          : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                         : 0;
    for (size_t i = 1; i < length; i++)
        if ((byte[i] & 0xc0) != 0x80) return 0;
    if (lead == 0xe0 && byte[1] < 0xa0) return 0;
    if (lead == 0xed && byte[1] > 0x9f) return 0;
    if (lead == 0xf0 && byte[1] < 0x90) return 0;
    if (lead == 0xf4 && byte[1] > 0x8f) return 0;
    return length;
}

bool clt_character_is_shown(const char *text)
{
    const uint8_t *byte = (const uint8_t *)text;
    if (byte[0] < 0x80) return byte[0] >= ' ' && byte[0] != 0x7f;
    const bool control = byte[0] == 0xc2 && byte[1] < 0xa0;
    return clt_character_length(text) > 0 && !control;
}

static bool may_stand_in_text(const char *character)
{
    return *character == '\n' || *character == '\t' || clt_character_is_shown(character);
}

bool clt_text_is_shown(const char *text)
{
    while (*text && may_stand_in_text(text)) text += clt_character_length(text);
    return *text == '\0';
}

void clt_text_make_shown(char *text)
{
    while (*text) {
        const bool good = may_stand_in_text(text);
        if (!good) *text = '?';
        text += good ? clt_character_length(text) : 1;
    }
}
