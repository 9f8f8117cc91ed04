/* How many members train at once where a launch must not take long. Linked with
 * --wrap=clt_device_is_cpu, so that the device passes for a GPU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cltrain/cltrain.h>
#include <cmocka.h>

#include "capacity.h"
#include "file.h"
#include "pace.h"
#include "scratch.h"

enum { FEATURES = 784, UNITS = 64, BATCH = 500, MOST = 300 };

bool __wrap_clt_device_is_cpu(const struct clt_device *device); /* the linker's name */

static bool is_cpu;

bool __wrap_clt_device_is_cpu(const struct clt_device *device)
{
    (void)device;
    return is_cpu;
}

#define MUST(call)                                                                                 \
    do {                                                                                           \
        if ((call) != CLT_OK) fail_msg("%s: %s", #call, clt_error_message());                      \
    } while (0)

static void write_images(const char *folder, const char *part)
{
    char name[64];
    uint8_t images[16 + 2 * FEATURES] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28};
    const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 0, 1};
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", part);
    clt_scratch_write(folder, name, images, sizeof images);
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", part);
    clt_scratch_write(folder, name, labels, sizeof labels);
}

static const char config_text[] =
    "name = \"many\";"
    "data = { format = \"idx\"; path = \".\"; };"
    "model = ( { type = \"dense\"; units = 64; }, { type = \"relu\"; }, { type = \"dense\"; } );"
    "train = { batch_size = 2; updates = 1; learning_rate = 0.1; };";

static size_t capacity(struct clt_device *device, const char *folder)
{
    struct clt_capacity found;
    struct clt_config *config;
    char *path = clt_path_join(folder, "many.cfg");
    MUST(clt_config_load(&config, path, NULL, 0));
    MUST(clt_capacity_find(&found, config, MOST, device));
    clt_config_free(config);
    free(path);
    return found.members;
}

static void a_launch_on_a_gpu_has_only_so_many_members(void **state)
{
    struct clt_device *device;
    char *folder = clt_scratch_create();
    (void)state;
    write_images(folder, "train");
    write_images(folder, "t10k");
    clt_scratch_write(folder, "many.cfg", config_text, strlen(config_text));
    MUST(clt_device_open(&device, NULL));
    const struct clt_work one = {.flop = 2.0 * FEATURES * UNITS * BATCH};
    const double most = CLT_LAUNCH_SECONDS / clt_slow_seconds(clt_device_describe(device), one);
    is_cpu = true;
    assert_int_equal(capacity(device, folder), MOST);
    is_cpu = false;
    assert_int_equal(capacity(device, folder), most < MOST ? (size_t)most : MOST);
    clt_device_close(device);
    clt_scratch_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_launch_on_a_gpu_has_only_so_many_members),
    };
    return cmocka_run_group_tests_name("capacity", tests, NULL, NULL);
}
