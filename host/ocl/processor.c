#include "processor.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"

static bool is_feature(const char *line, size_t length)
{
    static const char *const names[] = {
        /* x86 */
        "vendor_id",
        "cpu family",
        "model",
        "model name",
        "stepping",
        "flags",
        /* Arm */
        "Features",
        "CPU implementer",
        "CPU architecture",
        "CPU variant",
        "CPU part",
        "CPU revision",
        /* POWER, RISC-V, LoongArch, MIPS, z */
        "cpu",
        "revision",
        "isa",
        "uarch",
        "CPU Family",
        "Model Name",
        "cpu model",
        "ASEs implemented",
        "features",
    };
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t')) length--;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && memcmp(line, names[i], length) == 0) return true;
    return false;
}

/* Of the first processor in /proc/cpuinfo, the lines that neither the clock nor its number change.
 */
void clt_processor_describe(struct clt_text *text)
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
