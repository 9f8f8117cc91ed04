/* doctor_opencl.c - drivers and devices, tried in child processes. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cache_folder.h"
#include "doctor.h"
#include "file.h"
#include "launch.h"
#include "print.h"
#include "room.h"
#include "text.h"

/* ---- what the loader finds ---- */

/* A driver whose hardware is missing may be installed beside one that works. */
static void load_driver(struct clt_doctor *doctor, const void *self)
{
    const char *path = self;
    uint8_t *text = NULL;
    size_t size;
    if (clt_file_read_up_to(&text, &size, path, 4096) != CLT_OK) {
        clt_doctor_say(doctor, CLT_VERDICT_WARNING,
                       "make the file readable, or remove its driver's package", "%s",
                       clt_error_message());
        return;
    }
    char *library = (char *)text;
    library[strcspn(library, "\r\n")] = '\0';
    const char *wrong = "the file is empty";
    if (*library) wrong = dlopen(library, RTLD_LAZY) ? NULL : dlerror();
    if (wrong)
        clt_doctor_say(doctor, CLT_VERDICT_WARNING,
                       "install the driver's package again, or remove it", "driver %s: %s", path,
                       wrong);
    else
        clt_doctor_say(doctor, CLT_VERDICT_OK, NULL, "driver %s: %s", path, library);
    free(text);
}

static void check_driver(struct clt_doctor *doctor, const char *folder, const char *name)
{
    char *path = clt_path_join(folder, name);
    if (path)
        clt_doctor_isolate(doctor, path, "install the driver's package again, or remove it",
                           load_driver, path);
    free(path);
}

/* A single file, or a library, may stand for the folder: the list of devices tells what comes of
 * it. */
static void check_drivers(struct clt_doctor *doctor)
{
    static const char advice[] =
        "install a driver, such as Debian's package pocl-opencl-icd, or set OCL_ICD_VENDORS to a "
        "folder with .icd files";
    const char *place = clt_icd_place();
    const struct dirent *entry;
    size_t n = 0;
    DIR *folder = opendir(place);
    if (!folder && errno != ENOTDIR) {
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, advice, "folder of drivers %s: %s", place,
                       strerror(errno));
        return;
    }
    while (folder && (entry = readdir(folder))) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".icd") != 0) continue;
        check_driver(doctor, place, entry->d_name);
        n++;
    }
    if (folder && n == 0)
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, advice, "folder of drivers %s: no .icd file",
                       place);
    if (folder) closedir(folder);
}

/* ---- a device ---- */

/* Two chains v <- 2 * v + 1 of three links, from 1 and 1.5: 15 and 19, exact in every type. */
static enum clt_status compute(double *out, struct clt_device *device, enum clt_real real)
{
    enum clt_status st = CLT_OK;
    struct clt_launch_list *list = NULL;
    struct clt_buffer buffer = {0};
    union {
        float single[2];
        double twice[2];
    } y;
    TRY(clt_buffer_create(&buffer, device, sizeof y));
    TRY(clt_launch_list_create(&list, device, real));
    TRY(clt_launch_list_add(
        list, "ceilings.cl", "ceiling_fma", "-DVEC=2 -DCHAINS=2 -DGROUP=1",
        (struct clt_geometry){1, {1}, {1}},
        CLT_ARGS(clt_arg_buffer(&buffer), clt_arg_real(2), clt_arg_real(1), clt_arg_uint(3))));
    TRY(clt_launch_list_enqueue(list));
    TRY(clt_buffer_read(&buffer, 0, &y, 2 * clt_real_size(real)));
    *out = real == CLT_DOUBLE ? y.twice[1] : (double)y.single[1];
done:
    clt_launch_list_free(list);
    clt_buffer_free(&buffer);
    return st;
}

static void try_kernel(struct clt_doctor *doctor, struct clt_device *device, enum clt_real real)
{
    const char *type = real == CLT_DOUBLE ? "double" : "float";
    const char *advice = "choose another --device, or install another version of its driver";
    double sum;
    if (compute(&sum, device, real) != CLT_OK)
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, advice, "a kernel in %s: %s", type,
                       clt_error_message());
    else if (sum < 34 || sum > 34)
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, advice, "a kernel in %s: gives %g, not 34",
                       type, sum);
    else
        clt_doctor_say(doctor, CLT_VERDICT_OK, NULL,
                       "a kernel in %s is built, runs and gives the right number", type);
}

static void check_memory(struct clt_doctor *doctor, const struct clt_device *device)
{
    const struct clt_device_info *info = clt_device_describe(device);
    clt_doctor_say(doctor, CLT_VERDICT_OK, NULL,
                   "%.0f MiB memory, %.0f MiB of it free for a run, largest allocation %.0f MiB",
                   clt_mebibytes(info->memory), clt_mebibytes(clt_device_room(device)),
                   clt_mebibytes(info->largest_allocation));
}

static void try_device(struct clt_doctor *doctor, const void *self)
{
    struct clt_device *device = NULL;
    if (clt_device_open(&device, self) != CLT_OK) {
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM,
                       "choose another --device, or install its driver again", "%s",
                       clt_error_message());
        return;
    }
    check_memory(doctor, device);
    try_kernel(doctor, device, CLT_FLOAT);
    if (clt_device_describe(device)->fp64)
        try_kernel(doctor, device, CLT_DOUBLE);
    else
        clt_doctor_say(doctor, CLT_VERDICT_OK, NULL,
                       "no double: gradients are checked in float, which tells less");
    clt_device_close(device);
}

static void list_devices(struct clt_doctor *doctor, const void *self)
{
    const char *wanted = self;
    struct clt_device_list *list = NULL;
    size_t chosen;
    if (clt_device_list_create(&list) != CLT_OK) {
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM, NULL, "%s", clt_error_message());
        return;
    }
    for (size_t i = 0; i < list->n_skipped; i++)
        clt_doctor_say(doctor, CLT_VERDICT_WARNING, "install its driver again, or remove it", "%s",
                       list->skipped[i]);
    for (size_t i = 0; i < list->count; i++) {
        const struct clt_device_info *info = &list->device[i];
        if (info->broken)
            clt_doctor_say(doctor, CLT_VERDICT_WARNING, "install its driver again, or remove it",
                           "device %zu:%zu, %s: %s", info->platform, info->device, info->name,
                           info->broken);
        else
            clt_doctor_tell_device(doctor, info->platform, info->device);
    }
    if (clt_device_list_choose(&chosen, list, wanted) != CLT_OK)
        clt_doctor_say(doctor, CLT_VERDICT_PROBLEM,
                       wanted ? "set CLTRAIN_DEVICE to one of these, or to nothing"
                              : "install a driver that works",
                       "%s%s", wanted ? "CLTRAIN_DEVICE: " : "", clt_error_message());
    else
        clt_doctor_say(doctor, CLT_VERDICT_OK, NULL, "a run takes device %zu:%zu, %s, %s, %s",
                       list->device[chosen].platform, list->device[chosen].device,
                       list->device[chosen].name, list->device[chosen].platform_name,
                       list->device[chosen].driver);
    clt_device_list_free(list);
}

/* What a child that crashes is most likely to have stumbled over. */
static char *crash_advice(void)
{
    struct clt_text text = {0};
    char *folder = NULL;
    if (clt_cache_folder_find(&folder) == CLT_OK && folder)
        clt_text_add(&text,
                     "remove the folder %s, PoCL's compiled kernels, of which one may be damaged; "
                     "if it crashes again, install the driver again",
                     folder);
    else
        clt_text_add(&text, "choose another --device, or install another version of the driver");
    free(folder);
    return clt_text_take(&text);
}

void clt_doctor_opencl(struct clt_doctor *doctor)
{
    const char *wanted = getenv("CLTRAIN_DEVICE");
    char *advice = crash_advice(), what[64];
    size_t i;
    const json_t *selector;
    doctor->heading = "OpenCL";
    check_drivers(doctor);
    if (clt_cache_folder_check() != CLT_OK) {
        clt_doctor_say(doctor, CLT_VERDICT_WARNING, NULL, "no device is tried: %s",
                       clt_error_message());
        free(advice);
        return;
    }
    clt_doctor_isolate(doctor, "the list of devices", advice, list_devices,
                       wanted && *wanted ? wanted : NULL);
    json_array_foreach(doctor->devices, i, selector)
    {
        const char *text = json_string_value(selector);
        snprintf(what, sizeof what, "device %s", text);
        doctor->heading = what;
        clt_doctor_isolate(doctor, what, advice, try_device, text);
    }
    free(advice);
}
