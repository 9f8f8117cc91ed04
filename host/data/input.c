#include "input.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "file.h"

#define BUFFER_SIZE (1u << 17)
#define READ_LIMIT  (1u << 30) /* gzread() counts in int */

struct clt_input {
    gzFile stream;  /* reads plain files as they are */
    int descriptor; /* the stream's */
    char *path;
    uint64_t offset;
    uint64_t size; /* where it is known; of gzip data modulo 2^32, as their last bytes say */
    bool compressed, size_known;
};

/* RFC 1952: a gzip member ends with the size of its unpacked data modulo 2^32, lowest byte first.
 */
static enum clt_status read_gzip_size(uint64_t *size, const struct clt_input *input,
                                      off_t file_size)
{
    uint8_t b[4] = {0};
    const off_t start = file_size - (off_t)sizeof b;
    *size = 0;
    for (off_t at = 0; start >= 0 && at < (off_t)sizeof b;) {
        const ssize_t got = pread(input->descriptor, b + at, sizeof b - (size_t)at, start + at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return clt_file_cannot_read(input->path, "cannot read it");
        if (got == 0) return CLT_OK; /* it is being cut at this moment */
        at += got;
    }
    *size = (uint64_t)b[3] << 24 | (uint64_t)b[2] << 16 | (uint64_t)b[1] << 8 | b[0];
    return CLT_OK;
}

/* Whether a signal ended what zlib did last. Then it can be done again, from the start of the file,
 * since zlib may have dropped what it had read. */
static bool set_back(struct clt_input *input)
{
    int code;
    gzerror(input->stream, &code);
    if (code != Z_ERRNO || errno != EINTR) return false;
    gzclearerr(input->stream);
    return gzrewind(input->stream) == 0 &&
           gzseek(input->stream, (z_off_t)input->offset, SEEK_SET) >= 0;
}

static int read_some(struct clt_input *input, void *bytes, size_t size)
{
    int got;
    do {
        got = gzread(input->stream, bytes, size < READ_LIMIT ? (unsigned)size : READ_LIMIT);
    } while (got < 0 && set_back(input));
    return got;
}

/* What reading found wrong: the system's reason, or the stream itself. */
static enum clt_status stream_error(const struct clt_input *input)
{
    int code;
    const char *text = gzerror(input->stream, &code);
    if (code == Z_ERRNO) return clt_file_cannot_read(input->path, "cannot read it");
    if (code == Z_MEM_ERROR) return clt_fail(CLT_E_NOMEM, "%s: out of memory", input->path);
    const char *reason = strstr(text, ": "); /* behind the name zlib gave it, "<fd:3>" */
    return clt_input_fail(input, input->offset,
                          "the gzip data are damaged here or later%s; get the file again",
                          reason ? reason : "");
}

/* Whether the data are packed, which zlib tells from their first bytes. */
static enum clt_status look_at_start(struct clt_input *input)
{
    int code;
    do {
        input->compressed = !gzdirect(input->stream);
    } while (set_back(input));
    gzerror(input->stream, &code);
    return code == Z_ERRNO ? stream_error(input) : CLT_OK;
}

static enum clt_status open_stream(struct clt_input *input)
{
    enum clt_status st = CLT_OK;
    struct stat info;
    int descriptor;
    TRY(clt_file_open(&descriptor, input->path));
    input->size_known = fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
    input->stream = gzdopen(descriptor, "rb");
    if (!input->stream) {
        close(descriptor);
        return clt_fail(CLT_E_NOMEM, "%s: out of memory", input->path);
    }
    input->descriptor = descriptor;
    gzbuffer(input->stream, BUFFER_SIZE);
    TRY(look_at_start(input));
    if (input->compressed && input->size_known)
        TRY(read_gzip_size(&input->size, input, info.st_size));
    else if (input->size_known)
        input->size = (uint64_t)info.st_size;
done:
    return st;
}

enum clt_status clt_input_open(struct clt_input **out, const char *path)
{
    enum clt_status st = CLT_OK;
    *out = NULL;
    struct clt_input *input = calloc(1, sizeof *input);
    if (!input || !(input->path = strdup(path))) {
        st = clt_fail(CLT_E_NOMEM, "%s: out of memory", path);
        goto done;
    }
    TRY(open_stream(input));
    *out = input;
    input = NULL;
done:
    clt_input_close(input);
    return st;
}

void clt_input_close(struct clt_input *input)
{
    if (!input) return;
    if (input->stream) gzclose_r(input->stream);
    free(input->path);
    free(input);
}

enum clt_status clt_input_read(void *bytes, struct clt_input *input, size_t size)
{
    uint8_t *next = bytes;
    while (size > 0) {
        const int got = read_some(input, next, size);
        if (got < 0) return stream_error(input);
        if (got == 0)
            return clt_input_fail(input, input->offset,
                                  "the file ends here, %zu more bytes are due; get the file again",
                                  size);
        input->offset += (uint64_t)got;
        next += got;
        size -= (size_t)got;
    }
    return CLT_OK;
}

enum clt_status clt_input_skip(struct clt_input *input, size_t size)
{
    assert(input->size_known && size <= input->size - input->offset);
    if (gzseek(input->stream, (z_off_t)size, SEEK_CUR) < 0) return stream_error(input);
    input->offset += size;
    return CLT_OK;
}

enum clt_status clt_input_map(void **memory, size_t *size, const struct clt_input *input)
{
    assert(input->size_known && input->size > 0);
    *memory = NULL;
    *size = (size_t)input->size;
    void *start = *size == input->size
                      ? mmap(NULL, *size, PROT_READ, MAP_PRIVATE, input->descriptor, 0)
                      : MAP_FAILED;
    if (start == MAP_FAILED) return clt_file_cannot_read(input->path, "cannot map it into memory");
    *memory = start;
    return CLT_OK;
}

void clt_input_unmap(void *memory, size_t size)
{
    munmap(memory, size);
}

enum clt_status clt_input_end(struct clt_input *input)
{
    uint8_t byte;
    int code;
    const int got = read_some(input, &byte, 1);
    if (got < 0) return stream_error(input);
    if (got > 0)
        return clt_input_fail(input, input->offset,
                              "bytes follow where the file should end; is it another format?");
    gzerror(input->stream, &code);
    if (code == Z_BUF_ERROR)
        return clt_input_fail(input, input->offset,
                              "the gzip file is cut short before its checksum; get the file again");
    return CLT_OK;
}

int clt_input_peek(struct clt_input *input)
{
    int byte;
    do {
        byte = gzgetc(input->stream);
    } while (byte < 0 && set_back(input));
    return byte < 0 ? -1 : gzungetc(byte, input->stream);
}

bool clt_input_left(uint64_t *left, const struct clt_input *input)
{
    if (!input->size_known || input->compressed) return false;
    *left = input->size > input->offset ? input->size - input->offset : 0;
    return true;
}

bool clt_input_ends_after(const struct clt_input *input, uint64_t size)
{
    if (!input->size_known || size > UINT64_MAX - input->offset) return false;
    const uint64_t end = input->offset + size;
    return (input->compressed ? end & UINT32_MAX : end) == input->size;
}

uint64_t clt_input_offset(const struct clt_input *input)
{
    return input->offset;
}

const char *clt_input_path(const struct clt_input *input)
{
    return input->path;
}

enum clt_status clt_input_fail(const struct clt_input *input, uint64_t offset, const char *format,
                               ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return clt_fail(CLT_E_DATA, "%s: offset %" PRIu64 "%s: %s", input->path, offset,
                    input->compressed ? " of the unpacked data" : "", text);
}
