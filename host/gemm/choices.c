#include "choices.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "text.h"
#include "tuning_table.h"

#define VALUE_TEXT (CLT_METHOD_TEXT + 96)

struct clt_choices {
    struct clt_device *device;
    enum clt_family family;
    struct clt_tuning *table; /* NULL: nothing to choose */
    struct clt_tuned *list;
    size_t count;
};

/* A fresh text: what was measured holds for this device and these kernels. NULL: no memory. */
static char *describe(const struct clt_device *device)
{
    struct clt_text text = {0};
    char *kernels = clt_kernels_identity();
    char *identity = clt_device_identity(clt_device_describe(device));
    const bool complete = kernels && identity;
    if (complete) clt_text_add(&text, "%s\n%s", kernels, identity);
    free(identity);
    free(kernels);
    return complete ? clt_text_take(&text) : NULL;
}

static enum clt_status open_table(struct clt_choices *choices)
{
    char *description = describe(choices->device);
    if (!description) return clt_fail(CLT_E_NOMEM, "no memory for the device's identity");
    const enum clt_status st = clt_tuning_open(&choices->table, description);
    free(description);
    return st;
}

enum clt_status clt_choices_create(struct clt_choices **out, struct clt_device *device,
                                   enum clt_family family, enum clt_real real)
{
    enum clt_status st = CLT_OK;
    struct clt_choices *choices = calloc(1, sizeof *choices);
    *out = NULL;
    if (!choices) return clt_fail(CLT_E_NOMEM, "no memory for the choice of GEMM methods");
    choices->device = device;
    choices->family = family;
    if (real == CLT_FLOAT && family != CLT_OF_CLBLAST) TRY(open_table(choices));
    *out = choices;
    choices = NULL;
done:
    clt_choices_free(choices);
    return st;
}

void clt_choices_free(struct clt_choices *choices)
{
    if (!choices) return;
    clt_tuning_free(choices->table);
    free(choices->list);
    free(choices);
}

struct clt_device *clt_choices_device(const struct clt_choices *choices)
{
    return choices->device;
}

enum clt_family clt_choices_family(const struct clt_choices *choices)
{
    return choices->family;
}

const struct clt_tuned *clt_choices_at(const struct clt_choices *choices, size_t index)
{
    return &choices->list[index];
}

/* Times are kept as whole numbers, which every locale spells alike. False where the value is not
 * what write_value() makes of a legal method. */
static bool read_value(struct clt_tuned *out, const char *value, enum clt_family family)
{
    char method[CLT_METHOD_TEXT];
    uint64_t time, of_default;
    const char *times = strstr(value, " nanoseconds ");
    const size_t length = times ? (size_t)(times - value) : sizeof method;
    if (length >= sizeof method ||
        sscanf(times, " nanoseconds %" SCNu64 " default %" SCNu64, &time, &of_default) != 2)
        return false;
    memcpy(method, value, length);
    method[length] = '\0';
    if (!clt_method_parse(&out->method, method, family, &out->work)) return false;
    out->measured = true;
    out->seconds = (double)time * 1e-9;
    out->default_seconds = (double)of_default * 1e-9;
    return true;
}

static void write_value(char out[VALUE_TEXT], const struct clt_tuned *tuned)
{
    char method[CLT_METHOD_TEXT];
    clt_method_format(method, sizeof method, &tuned->method);
    snprintf(out, VALUE_TEXT, "%s nanoseconds %" PRIu64 " default %" PRIu64, method,
             (uint64_t)(tuned->seconds * 1e9), (uint64_t)(tuned->default_seconds * 1e9));
}

/* Kernels of other families have other tiles. */
static void write_key(char out[VALUE_TEXT], enum clt_family family,
                      const struct clt_asked_product *work)
{
    static const char *const families[] = {[CLT_OF_PANELS] = "panels",
                                           [CLT_OF_PLAIN] = "plain",
                                           [CLT_OF_CLBLAST] = "clblast",
                                           [CLT_OF_EITHER] = "either"};
    char product[CLT_METHOD_TEXT];
    clt_asked_product_format(product, sizeof product, work);
    snprintf(out, VALUE_TEXT, "%s %s", families[family], product);
}

/* What the table says of the product, else the default. */
static struct clt_tuned look_up(const struct clt_choices *choices,
                                const struct clt_asked_product *work)
{
    char key[VALUE_TEXT];
    struct clt_tuned tuned = {.work = *work};
    write_key(key, choices->family, work);
    const char *value = choices->table ? clt_tuning_find(choices->table, key) : NULL;
    if (!value || !read_value(&tuned, value, choices->family))
        tuned.method = clt_method_default(choices->device, choices->family, work);
    return tuned;
}

static bool is_same(const struct clt_asked_product *a, const struct clt_asked_product *b)
{
    char text_a[CLT_METHOD_TEXT], text_b[CLT_METHOD_TEXT];
    clt_asked_product_format(text_a, sizeof text_a, a);
    clt_asked_product_format(text_b, sizeof text_b, b);
    return strcmp(text_a, text_b) == 0;
}

enum clt_status clt_choices_ask(struct clt_method *out, struct clt_choices *choices,
                                const struct clt_asked_product *work)
{
    for (size_t i = 0; i < choices->count; i++)
        if (is_same(&choices->list[i].work, work)) {
            *out = choices->list[i].method;
            return CLT_OK;
        }
    const struct clt_tuned tuned = look_up(choices, work);
    *out = tuned.method;
    if (!choices->table) return CLT_OK;
    struct clt_tuned *grown = realloc(choices->list, (choices->count + 1) * sizeof *grown);
    if (!grown) return clt_fail(CLT_E_NOMEM, "no memory for the choice of GEMM methods");
    choices->list = grown;
    grown[choices->count++] = tuned;
    return CLT_OK;
}

enum clt_status clt_choices_put(struct clt_choices *choices, size_t index,
                                const struct clt_tuned *tuned)
{
    char key[VALUE_TEXT], value[VALUE_TEXT];
    choices->list[index] = *tuned;
    write_key(key, choices->family, &tuned->work);
    write_value(value, tuned);
    return clt_tuning_put(choices->table, key, value);
}

enum clt_status clt_choices_save(struct clt_choices *choices)
{
    return choices->table ? clt_tuning_save(choices->table) : CLT_OK;
}

const struct clt_tuned *clt_gemm_tuned(const struct clt_gemm *gemm, size_t *count)
{
    const struct clt_choices *choices = clt_gemm_choices(gemm);
    *count = choices->count;
    return choices->list;
}

size_t clt_gemm_unmeasured(const struct clt_gemm *gemm)
{
    size_t n = 0;
    const struct clt_choices *choices = clt_gemm_choices(gemm);
    for (size_t i = 0; i < choices->count; i++) n += !choices->list[i].measured;
    return n;
}
