#include "source.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "file.h"
#include "scan.h"

/* One file that is being read, and the one that includes it. */
struct inclusion {
    const struct inclusion *by;
    const char *file;
    bool has_lines; /* false for a text that is no file */
    unsigned depth;
};

static enum clt_status add_place(struct clt_places *places, struct clt_place place)
{
    const size_t n = places->count;
    if ((n & (n - 1)) == 0) { /* the room doubles at powers of two */
        struct clt_place *grown = realloc(places->at, (n > 0 ? 2 * n : 1) * sizeof *grown);
        if (!grown) return clt_settings_no_memory();
        places->at = grown;
    }
    places->at[places->count++] = place;
    return CLT_OK;
}

/* *kept = a copy of the file's name that lives as long as the source. */
static enum clt_status keep_name(struct clt_source *source, const char **kept, const char *name)
{
    char **grown = realloc(source->file, (source->n_files + 1) * sizeof(char *));
    if (!grown) return clt_settings_no_memory();
    source->file = grown;
    char *copy = strdup(name);
    if (!copy) return clt_settings_no_memory();
    *kept = grown[source->n_files++] = copy;
    return CLT_OK;
}

/* Adds text that starts at `line` of its file; a line of the whole is where its first byte came
 * from. */
static enum clt_status add_text(struct clt_source *source, const struct inclusion *in,
                                const char *bytes, size_t length, unsigned line)
{
    enum clt_status st = CLT_OK;
    while (length > 0) {
        const char *newline = memchr(bytes, '\n', length);
        const size_t n = newline ? (size_t)(newline - bytes) + 1 : length;
        const struct clt_text *text = &source->text;
        const bool at_start = text->length == 0 || text->bytes[text->length - 1] == '\n';
        const struct clt_place place = {in->file, in->has_lines ? line : 0};
        if (at_start) TRY(add_place(&source->lines, place));
        clt_text_add_bytes(&source->text, bytes, n);
        if (source->text.failed) return clt_settings_no_memory();
        bytes += n;
        length -= n;
        line++;
    }
done:
    return st;
}

static enum clt_status add_scanned(struct clt_source *source, const struct inclusion *in,
                                   const char *text, struct clt_errors *errors);

static enum clt_status add_file(struct clt_source *source, const char *path,
                                const struct inclusion *by, unsigned line,
                                struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    uint8_t *bytes = NULL;
    size_t size = 0;
    struct inclusion in = {.by = by, .has_lines = true, .depth = by ? by->depth + 1 : 0};
    TRY(keep_name(source, &in.file, path));
    st = clt_file_read_up_to(&bytes, &size, path, CLT_CONFIG_MOST);
    if (st == CLT_E_DATA && by) {
        clt_errors_add_at(errors, by->file, line, "@include: %s", clt_error_message());
        st = CLT_OK;
        goto done;
    }
    TRY(st);
    if (memchr(bytes, '\0', size)) {
        clt_errors_add_at(errors, path, 0, "is not text: it holds a zero byte");
        goto done;
    }
    const char *text = (const char *)bytes;
    const bool marked = strncmp(text, "\xef\xbb\xbf", 3) == 0; /* UTF-8's byte order mark */
    TRY(add_scanned(source, &in, marked ? text + 3 : text, errors));
done:
    free(bytes);
    return st;
}

/* Puts the file that a directive names in its place, on lines of its own. */
static enum clt_status add_include(struct clt_source *source, const struct inclusion *in,
                                   const struct clt_token *directive, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    char *written = strndup(directive->name, directive->name_length);
    char *name = NULL, *fault = NULL, *path = NULL;
    if (!written) return clt_settings_no_memory();
    TRY(clt_expand_variables(&name, &fault, written));
    const char *refusal =
        !in->has_lines                          ? "only a file may include"
        : fault                                 ? fault
        : in->depth == CLT_INCLUDE_DEPTH        ? "files include each other more than 16 deep"
        : source->n_files > CLT_INCLUDE_COUNT   ? "more than 1000 files are included"
        : source->text.length > CLT_CONFIG_MOST ? "what is included has more than 16 MiB"
                                                : NULL;
    if (refusal) {
        clt_errors_add_at(errors, in->file, in->has_lines ? directive->line : 0, "@include: %s",
                          refusal);
        goto done;
    }
    TRY(clt_path_beside(&path, in->file, name));
    for (const struct inclusion *at = in; at; at = at->by) {
        if (strcmp(at->file, path) != 0) continue;
        clt_errors_add_at(errors, in->file, directive->line, "@include: %s includes itself", path);
        goto done;
    }
    TRY(add_file(source, path, in, directive->line, errors));
done:
    free(written);
    free(name);
    free(fault);
    free(path);
    return st;
}

/* Adds a file's text with its includes and notes what the scan finds. */
static enum clt_status add_scanned(struct clt_source *source, const struct inclusion *in,
                                   const char *text, struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct clt_scan scan = {.at = text, .line = 1};
    struct clt_token token;
    const char *copied = text;
    unsigned line = 1;
    for (clt_scan_next(&scan, &token); token.kind != CLT_TOKEN_END; clt_scan_next(&scan, &token)) {
        const struct clt_place place = {in->file, in->has_lines ? token.line : 0};
        const char *fault = token.kind == CLT_TOKEN_NUMBER ? clt_scan_number_fault(&token) : NULL;
        if (fault)
            clt_errors_add_at(errors, place.file, place.line, "%.*s %s",
                              token.length < 80 ? (int)token.length : 80, token.start, fault);
        if (token.kind == CLT_TOKEN_UNCLOSED)
            clt_errors_add_at(errors, place.file, place.line, "this %s has no end",
                              *token.start == '"' ? "string" : "comment");
        if (token.kind == CLT_TOKEN_STRING && !token.joined)
            TRY(add_place(&source->strings, place));
        if (token.kind == CLT_TOKEN_INCLUDE) {
            TRY(add_text(source, in, copied, (size_t)(token.start - copied), line));
            TRY(add_include(source, in, &token, errors));
            copied = token.start + token.length;
            line = token.line;
        }
    }
    TRY(add_text(source, in, copied, (size_t)(scan.at - copied), line));
    /* libconfig wants a comment to end in a newline */
    if (source->text.length > 0 && source->text.bytes[source->text.length - 1] != '\n')
        TRY(add_text(source, in, "\n", 1, scan.line));
done:
    return st;
}

enum clt_status clt_source_read(struct clt_source *source, const char *path,
                                struct clt_errors *errors)
{
    return add_file(source, path, NULL, 0, errors);
}

enum clt_status clt_source_read_text(struct clt_source *source, const char *text, const char *name,
                                     struct clt_errors *errors)
{
    enum clt_status st = CLT_OK;
    struct inclusion in = {0};
    TRY(keep_name(source, &in.file, name));
    TRY(add_scanned(source, &in, text, errors));
done:
    return st;
}

void clt_source_free(struct clt_source *source)
{
    for (size_t i = 0; i < source->n_files; i++) free(source->file[i]);
    free(source->file);
    free(source->lines.at);
    free(source->strings.at);
    clt_text_free(&source->text);
    *source = (struct clt_source){0};
}

struct clt_place clt_source_place(const struct clt_source *source, unsigned line)
{
    const struct clt_places *lines = &source->lines;
    if (line == 0 || lines->count == 0) return (struct clt_place){source->file[0], 0};
    return lines->at[line <= lines->count ? line - 1 : lines->count - 1];
}

enum clt_status clt_expand_variables(char **out, char **fault, const char *text)
{
    struct clt_text expanded = {0}, why = {0};
    *out = *fault = NULL;
    for (const char *dollar; (dollar = strstr(text, "${")) && !why.bytes;) {
        const size_t length = strcspn(dollar + 2, "}");
        char *name = strndup(dollar + 2, length);
        const char *value = name ? getenv(name) : NULL;
        clt_text_add_bytes(&expanded, text, (size_t)(dollar - text));
        text = dollar + 2 + length;
        if (*text == '\0') {
            clt_text_add(&why, "${ without its }");
        } else {
            text++;
            if (value)
                clt_text_add(&expanded, "%s", value);
            else
                clt_text_add(&why, "the variable %s is not set", name ? name : "");
        }
        if (!name) why.failed = true;
        free(name);
    }
    const bool wrong = why.bytes || why.failed;
    clt_text_add(&expanded, "%s", text);
    if (wrong)
        *fault = clt_text_take(&why);
    else
        *out = clt_text_take(&expanded);
    clt_text_free(&expanded);
    return *out || *fault ? CLT_OK : clt_settings_no_memory();
}

enum clt_status clt_path_beside(char **out, const char *file, const char *name)
{
    char *folder = strchr(file, '/') ? clt_path_folder(file) : NULL;
    *out = folder ? clt_path_join(folder, name) : strchr(file, '/') ? NULL : strdup(name);
    free(folder);
    return *out ? CLT_OK : clt_settings_no_memory();
}
