/* remember.c - passes of the brief form, an entry each in the cache: the key what passed, without a
 * payload. One that cannot be read or written only means another test. */
#include <stdlib.h>

#include "cache.h"
#include "identity.h"
#include "selftest.h"
#include "text.h"

#define KIND "selftest"

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
    char *kernels = clt_kernels_identity(), *identity = clt_device_identity(info);
    const bool complete = kernels && identity;
    if (complete) clt_text_add(&text, "%s%s\n%s", kernels, clblast ? ", CLBlast" : "", identity);
    free(identity);
    free(kernels);
    return complete ? clt_text_take(&text) : NULL;
}

static bool is_remembered(const struct clt_device_info *info, bool clblast)
{
    char *description = describe(info, clblast);
    uint8_t *nothing = NULL;
    size_t size;
    const bool known = description && clt_cache_read(&nothing, &size, KIND, description);
    free(nothing);
    free(description);
    return known;
}

static void remember(const struct clt_device_info *info, bool clblast)
{
    char *description = describe(info, clblast);
    if (description) clt_cache_write(KIND, description, "", 0);
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
