#include "target.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

const struct target targets[] = {
    {"config", read_config},
    {"study", read_study},
    {"sets", read_sets},
    {"member-config", read_member_config},
    {"options", read_options},
    {"idx", read_idx},
    {"idx-labels", read_idx_labels},
    {"cifar10", read_cifar10},
    {"cifar100", read_cifar100},
    {"cifar-names", read_cifar_names},
    {"png", read_png},
    {"jpeg", read_jpeg},
    {"images", read_images},
    {"safetensors", read_safetensors},
    {"member", read_member},
    {"state", read_state},
    {"cache", read_cache},
    {"tuning", read_tuning},
    {"run", read_run},
    {"run-json", read_run_json},
    {"metrics", read_metrics},
    {"parts", read_parts},
    {"saved-study", read_saved_study},
    {"report", read_report},
    {NULL, NULL},
};

const struct target *find_target(const char *name)
{
    const struct target *target = targets;
    while (target->name && strcmp(target->name, name) != 0) target++;
    return target->name ? target : NULL;
}

void add_values(struct reading *reading, const void *values, size_t size)
{
    reading->values = clt_crc32(reading->values, values, size);
}

void add_text(struct reading *reading, const char *text)
{
    if (text) add_values(reading, text, strlen(text));
    add_values(reading, text ? "" : "\1", 1);
}

char *write_bytes(const struct reading *reading, const char *name, const void *bytes, size_t size)
{
    char *path = clt_path_join(reading->folder, name);
    require(path);
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    require(descriptor >= 0);
    require(write(descriptor, bytes, size) == (ssize_t)size);
    require(close(descriptor) == 0);
    return path;
}

char *write_input(const struct reading *reading, const char *name)
{
    return write_bytes(reading, name, reading->bytes, reading->size);
}

/* The start of the line "== NAME" at or behind `at`; `end` where there is none. */
static const char *find_mark(const char *at, const char *end)
{
    for (; at < end; at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1) {
        if (end - at > 3 && memcmp(at, "== ", 3) == 0) return at;
        if (!memchr(at, '\n', (size_t)(end - at))) break;
    }
    return end;
}

static void make_folder_of(const char *path)
{
    char *folder = clt_path_folder(path);
    require(folder && clt_folder_create(folder) == CLT_OK);
    free(folder);
}

/* Whether the input has the file. */
static bool write_file_of(const struct reading *reading, const char *name)
{
    const char *at = (const char *)reading->bytes, *end = at + reading->size;
    const size_t length = strlen(name);
    for (at = find_mark(at, end); at < end; at = find_mark(at, end)) {
        const char *line = at + 3, *newline = memchr(line, '\n', (size_t)(end - line));
        if (!newline) return false;
        at = newline + 1;
        if ((size_t)(newline - line) != length || memcmp(line, name, length) != 0) continue;
        free(write_bytes(reading, name, at, (size_t)(find_mark(at, end) - at)));
        return true;
    }
    return false;
}

void write_files(const struct reading *reading, const char *const *names)
{
    for (; *names; names++) {
        char *path = clt_path_join(reading->folder, *names);
        require(path);
        if (strchr(*names, '/')) make_folder_of(path);
        if (!write_file_of(reading, *names)) unlink(path);
        free(path);
    }
}
