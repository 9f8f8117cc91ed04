#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "choose.h"
#include "text.h"

/* The smaller, the better; among equals, the first. */
static int rank(const struct clt_device_info *info)
{
    if (info->type & CL_DEVICE_TYPE_GPU) return info->integrated ? 1 : 0;
    return info->type & CL_DEVICE_TYPE_CPU ? 2 : 3;
}

static bool contains(const char *text, const char *part)
{
    const size_t length = strlen(part);
    for (; *text; text++)
        if (strncasecmp(text, part, length) == 0) return true;
    return false;
}

/* Whether `selector` has the form PLATFORM:DEVICE. */
static bool read_numbers(size_t *platform, size_t *device, const char *selector)
{
    const size_t digits = strspn(selector, "0123456789");
    if (digits == 0 || selector[digits] != ':') return false;
    const char *rest = selector + digits + 1;
    if (!*rest || rest[strspn(rest, "0123456789")]) return false;
    *platform = strtoul(selector, NULL, 10);
    *device = strtoul(rest, NULL, 10);
    return true;
}

static bool matches(const struct clt_device_info *info, const char *selector)
{
    size_t platform, device;
    if (!*selector) return true;
    if (strcasecmp(selector, "gpu") == 0) return (info->type & CL_DEVICE_TYPE_GPU) != 0;
    if (strcasecmp(selector, "cpu") == 0) return (info->type & CL_DEVICE_TYPE_CPU) != 0;
    if (read_numbers(&platform, &device, selector))
        return info->platform == platform && info->device == device;
    return contains(info->name, selector) || contains(info->platform_name, selector);
}

bool clt_device_is_passed_over(const struct clt_device_list *list, size_t index, size_t chosen,
                               const char *selector)
{
    const struct clt_device_info *info = &list->device[index];
    if (!info->broken || !matches(info, selector)) return false;
    const int difference = rank(info) - rank(&list->device[chosen]);
    return difference < 0 || (difference == 0 && index < chosen);
}

static enum clt_status nothing_chosen(const struct clt_device_list *list, const char *selector)
{
    struct clt_text text = {0};
    if (*selector)
        clt_text_add(&text, "no usable device matches \"%s\"; found:", selector);
    else
        clt_text_add(&text, "no usable device; found:");
    if (list->count == 0) clt_text_add(&text, " none");
    for (size_t i = 0; i < list->count; i++) {
        const struct clt_device_info *info = &list->device[i];
        clt_text_add(&text, "%s %zu:%zu %s (%s)", i ? "," : "", info->platform, info->device,
                     info->name, info->platform_name);
        if (info->broken) clt_text_add(&text, ", which is broken: %s", info->broken);
    }
    for (size_t i = 0; i < list->n_skipped; i++) clt_text_add(&text, "; %s", list->skipped[i]);
    char *message = clt_text_take(&text);
    if (!message) return clt_fail(CLT_E_NOMEM, "the list of devices");
    clt_fail(CLT_E_DEVICE, "%s", message);
    free(message);
    return CLT_E_DEVICE;
}

enum clt_status clt_device_list_choose(size_t *index, const struct clt_device_list *list,
                                       const char *selector)
{
    if (!selector) selector = "";
    const struct clt_device_info *best = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct clt_device_info *info = &list->device[i];
        if (info->broken || !matches(info, selector)) continue;
        if (!best || rank(info) < rank(best)) best = info;
    }
    if (!best) return nothing_chosen(list, selector);
    *index = (size_t)(best - list->device);
    return CLT_OK;
}
