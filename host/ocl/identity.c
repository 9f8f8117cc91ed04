#include "identity.h"

#include <inttypes.h>
#include <string.h>

#include "file.h"
#include "kernel_sources.h"
#include "processor.h"
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

char *clt_device_identity(const struct clt_device_info *info)
{
    struct clt_text text = {0};
    clt_text_add(&text, "%s\n%s\n%s\n%s\n%s\n%s\n%u compute units\n", info->platform_name,
                 info->platform_version, info->name, info->vendor, info->version, info->driver,
                 info->compute_units);
    if (info->type & CL_DEVICE_TYPE_CPU) clt_processor_describe(&text);
    return clt_text_take(&text);
}

char *clt_kernels_identity(void)
{
    struct clt_text text = {0};
    uint32_t sum = 0;
    for (const struct clt_kernel_source *source = clt_kernel_sources; source->file; source++)
        sum = clt_crc32(sum, source->text, strlen(source->text));
    clt_text_add(&text, "cltrain %s, kernels %08" PRIx32, CLTRAIN_VERSION, sum);
    return clt_text_take(&text);
}
