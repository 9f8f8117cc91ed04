/* remember.c - passes of the brief form, a file each: its name a checksum of what passed, its
 * content that text. A file that cannot be read or written only means another test. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "kernel_sources.h"
#include "selftest.h"
#include "text.h"

/* As clt_gemm_create() chooses. */
static bool uses_clblast(const struct clt_device_info *info, enum clt_gemm_choice gemm)
{
    const bool cpu = (info->type & CL_DEVICE_TYPE_CPU) != 0;
    return gemm == CLT_BACKEND_CLBLAST || (gemm == CLT_BACKEND_AUTO && !cpu);
}

/* What a pass is worth for: another device, driver or version of the kernels is another text. */
static char *describe(const struct clt_device_info *info, bool clblast)
{
    struct clt_text text = {0};
    uint32_t kernels = 0;
    for (const struct clt_kernel_source *source = clt_kernel_sources; source->file; source++)
        kernels = clt_crc32(kernels, source->text, strlen(source->text));
    clt_text_add(&text, "cltrain %s, kernels %08" PRIx32 "%s\n%s\n%s\n%s\n%s\n", CLTRAIN_VERSION,
                 kernels, clblast ? ", CLBlast" : "", info->platform_name, info->name,
                 info->version, info->driver);
    return clt_text_take(&text);
}

/* NULL where there is no such folder, or no memory. */
static char *path_of(const char *description)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const uint32_t sum = clt_crc32(0, description, strlen(description));
    struct clt_text text = {0};
    if (cache && *cache == '/')
        clt_text_add(&text, "%s", cache);
    else if (home && *home)
        clt_text_add(&text, "%s/.cache", home);
    else
        return NULL;
    clt_text_add(&text, "/cltrain/selftest-%08" PRIx32, sum);
    return clt_text_take(&text);
}

static bool is_remembered(const struct clt_device_info *info, bool clblast)
{
    char *description = describe(info, clblast);
    char *path = description ? path_of(description) : NULL;
    uint8_t *text = NULL;
    size_t size;
    const bool same = path && clt_file_read(&text, &size, path) == CLT_OK &&
                      strcmp((const char *)text, description) == 0;
    free(text);
    free(path);
    free(description);
    return same;
}

static void remember(const struct clt_device_info *info, bool clblast)
{
    char *description = describe(info, clblast);
    char *path = description ? path_of(description) : NULL;
    char *folder = path ? clt_path_folder(path) : NULL;
    if (folder && clt_folder_create(folder) == CLT_OK)
        clt_file_replace(path, description, strlen(description));
    free(folder);
    free(path);
    free(description);
}

/* Without opening the device: contexts are slow to make. */
static enum clt_status look_up(bool *known, const char *selector, enum clt_gemm_choice gemm)
{
    enum clt_status st = CLT_OK;
    struct clt_device_list *list;
    size_t index;
    TRY(clt_device_list_create(&list));
    st = clt_device_list_choose(&index, list, selector);
    if (st == CLT_OK) {
        const struct clt_device_info *info = &list->device[index];
        *known = is_remembered(info, uses_clblast(info, gemm));
    }
    clt_device_list_free(list);
done:
    return st;
}

enum clt_status clt_selftest_once(struct clt_selftest **out, const char *selector,
                                  enum clt_gemm_choice gemm)
{
    enum clt_status st = CLT_OK;
    struct clt_device *device = NULL;
    bool known = false;
    *out = NULL;
    TRY(look_up(&known, selector, gemm));
    if (known) return CLT_OK;
    TRY(clt_device_open(&device, selector));
    TRY(clt_selftest_run(out, device, &(struct clt_selftest_options){.brief = true, .gemm = gemm}));
    const struct clt_device_info *info = clt_device_describe(device);
    if ((*out)->passed) remember(info, uses_clblast(info, gemm));
done:
    clt_device_close(device);
    return st;
}
