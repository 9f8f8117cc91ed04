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
static uint64_t gzip_size(int descriptor, off_t file_size)
{
    uint8_t b[4];
    if (file_size < (off_t)sizeof b ||
        pread(descriptor, b, sizeof b, file_size - (off_t)sizeof b) != (ssize_t)sizeof b)
        return 0;
    return (uint64_t)b[3] << 24 | (uint64_t)b[2] << 16 | (uint64_t)b[1] << 8 | b[0];
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
    input->compressed = !gzdirect(input->stream);
    if (input->size_known)
        input->size =
            input->compressed ? gzip_size(descriptor, info.st_size) : (uint64_t)info.st_size;
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

/* What gzread() found wrong: the system's reason, or the stream itself. */
static enum clt_status stream_error(const struct clt_input *input)
{
    int code;
    const char *text = gzerror(input->stream, &code);
    if (code == Z_ERRNO)
        return clt_input_fail(input, input->offset, "cannot read it: %s", strerror(errno));
    if (code == Z_MEM_ERROR) return clt_fail(CLT_E_NOMEM, "%s: out of memory", input->path);
    const char *reason = strstr(text, ": "); /* behind the name zlib gave it, "<fd:3>" */
    return clt_input_fail(input, input->offset,
                          "the gzip data are damaged here or later%s; get the file again",
                          reason ? reason : "");
}

enum clt_status clt_input_read(void *bytes, struct clt_input *input, size_t size)
{
    uint8_t *next = bytes;
    while (size > 0) {
        const int got =
            gzread(input->stream, next, size < READ_LIMIT ? (unsigned)size : READ_LIMIT);
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
    if (start == MAP_FAILED)
        return clt_fail(CLT_E_DATA, "%s: cannot map it into memory: %s", input->path,
                        strerror(errno));
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
    const int got = gzread(input->stream, &byte, 1);
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
    const int byte = gzgetc(input->stream);
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
