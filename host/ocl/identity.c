#include "identity.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "text.h"

bool clt_platform_keeps_programs(const char *platform_name)
{
    static const char *const platforms[] = {
        "Portable Computing Language", /* in POCL_CACHE_DIR; giving out binaries takes it longer
                                          than compiling */
        "NVIDIA CUDA",                 /* in ~/.nv/ComputeCache */
        "Oclgrind",                    /* quotes the source, which a binary lacks */
    };
    for (size_t i = 0; i < sizeof platforms / sizeof *platforms; i++)
        if (strcmp(platform_name, platforms[i]) == 0) return true;
    return false;
}

static bool is_feature(const char *line, size_t length)
{
    static const char *const names[] = {
        "vendor_id",
        "cpu family",
        "model",
        "model name",
        "stepping",
        "flags",
        "Features",
        "CPU implementer",
        "CPU architecture",
        "CPU variant",
        "CPU part",
        "CPU revision",
        "cpu",
        "isa",
    };
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t')) length--;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && memcmp(line, names[i], length) == 0) return true;
    return false;
}

/* Of the first processor in /proc/cpuinfo, the lines that neither the clock nor its number change;
 * nothing where the system has no such file. */
static void add_processor(struct clt_text *text)
{
    uint8_t *bytes;
    size_t size;
    if (clt_file_read(&bytes, &size, "/proc/cpuinfo") != CLT_OK) return;
    for (const char *line = (const char *)bytes; *line && *line != '\n';) {
        const size_t length = strcspn(line, "\n"), name = strcspn(line, ":");
        if (name < length && is_feature(line, name))
            clt_text_add(text, "%.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    free(bytes);
}

char *clt_device_identity(const struct clt_device_info *info)
{
    struct clt_text text = {0};
    clt_text_add(&text, "%s\n%s\n%s\n%s\n%s\n%s\n%u compute units\n", info->platform_name,
                 info->platform_version, info->name, info->vendor, info->version, info->driver,
                 info->compute_units);
    if (info->type & CL_DEVICE_TYPE_CPU) add_processor(&text);
    return clt_text_take(&text);
}
