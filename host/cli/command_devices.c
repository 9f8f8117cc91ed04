/* command_devices.c - cltrain devices */
#include <jansson.h>
#include <stdio.h>

#include "command.h"
#include "device.h"
#include "json.h"
#include "print.h"

static const char *type_name(const struct clt_device_info *device)
{
    if (device->type & CL_DEVICE_TYPE_GPU) return device->integrated ? "integrated GPU" : "GPU";
    if (device->type & CL_DEVICE_TYPE_CPU) return "CPU";
    return "accelerator";
}

static void print_device(const struct clt_device_info *device, bool chosen)
{
    printf("%s %zu:%zu  %s (%s)\n", chosen ? "*" : " ", device->platform, device->device,
           device->name, type_name(device));
    if (device->broken) {
        printf("      cannot be used: %s\n", device->broken);
        return;
    }
    printf("      %s, %s, driver %s\n", device->platform_name, device->version, device->driver);
    printf(
        "      %u compute units, %.0f MiB memory, largest allocation %.0f MiB, local memory %.0f "
        "KiB\n",
        device->compute_units, clt_mebibytes(device->memory),
        clt_mebibytes(device->largest_allocation), (double)device->local_memory / 1024);
    printf(
        "      fp64 %s, fp16 %s, float vectors: preferred %u, native %u, work-groups up to %zu\n",
        device->fp64 ? "yes" : "no", device->fp16 ? "yes" : "no", device->preferred_vector_width,
        device->native_vector_width, device->largest_group);
}

static json_t *describe(const struct clt_device_info *device, bool chosen)
{
    json_t *json = clt_json_set(json_object(), "platform", clt_json_string(device->platform_name));
    json =
        clt_json_set(json, "selector", json_sprintf("%zu:%zu", device->platform, device->device));
    json = clt_json_set(json, "name", clt_json_string(device->name));
    json = clt_json_set(json, "type", json_string(type_name(device)));
    json = clt_json_set(json, "driver", clt_json_string(device->driver));
    json = clt_json_set(json, "version", clt_json_string(device->version));
    json = clt_json_set(json, "compute_units", json_integer(device->compute_units));
    json = clt_json_set(json, "memory", json_integer((json_int_t)device->memory));
    json = clt_json_set(json, "largest_allocation",
                        json_integer((json_int_t)device->largest_allocation));
    json = clt_json_set(json, "local_memory", json_integer((json_int_t)device->local_memory));
    json = clt_json_set(json, "fp64", json_boolean(device->fp64));
    json = clt_json_set(json, "fp16", json_boolean(device->fp16));
    json =
        clt_json_set(json, "preferred_vector_width", json_integer(device->preferred_vector_width));
    json = clt_json_set(json, "native_vector_width", json_integer(device->native_vector_width));
    json = clt_json_set(json, "largest_group", json_integer((json_int_t)device->largest_group));
    json = clt_json_set(json, "broken",
                        device->broken ? clt_json_string(device->broken) : json_null());
    return clt_json_set(json, "chosen", json_boolean(chosen));
}

static enum clt_status print_json(const struct clt_device_list *list, size_t chosen)
{
    json_t *devices = json_array(), *skipped = json_array();
    for (size_t i = 0; i < list->count; i++)
        devices = clt_json_append(devices, describe(&list->device[i], i == chosen));
    for (size_t i = 0; i < list->n_skipped; i++)
        skipped = clt_json_append(skipped, clt_json_string(list->skipped[i]));
    json_t *all = clt_json_set(json_object(), "devices", devices);
    all = clt_json_set(all, "skipped", skipped);
    return clt_print_json(all);
}

int clt_command_devices(const struct clt_options *options)
{
    enum clt_status st = CLT_OK;
    struct clt_device_list *list = NULL;
    size_t chosen;
    TRY(clt_device_list_create(&list));
    /* A selection that fits nothing still leaves the list worth printing. */
    const enum clt_status choice = clt_device_list_choose(&chosen, list, options->device);
    if (choice != CLT_OK) chosen = list->count;
    if (options->json) {
        TRY(print_json(list, chosen));
    } else {
        for (size_t i = 0; i < list->count; i++) print_device(&list->device[i], i == chosen);
        for (size_t i = 0; i < list->n_skipped; i++) printf("  skipped %s\n", list->skipped[i]);
        if (choice == CLT_OK) printf("* is what cltrain uses here\n");
    }
    st = choice;
done:
    clt_device_list_free(list);
    return clt_exit_with(st);
}
