/* Which device of a list a selector picks; the lists are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device.h"

/* A workstation: two drivers for one processor, an integrated and two discrete GPUs. */
static struct clt_device_list workstation(struct clt_device_info devices[5])
{
    const struct clt_device_info all[] = {
        {.platform_name = "Portable", .name = "pthread-zen", .type = CL_DEVICE_TYPE_CPU},
        {.platform = 1,
         .platform_name = "Intel(R) OpenCL",
         .name = "Iris Xe",
         .type = CL_DEVICE_TYPE_GPU,
         .integrated = true},
        {.platform = 1,
         .device = 1,
         .platform_name = "Intel(R) OpenCL",
         .name = "Core i7",
         .type = CL_DEVICE_TYPE_CPU},
        {.platform = 2, .platform_name = "CUDA", .name = "Titan", .type = CL_DEVICE_TYPE_GPU},
        {.platform = 2,
         .device = 1,
         .platform_name = "CUDA",
         .name = "Titan 2",
         .type = CL_DEVICE_TYPE_GPU},
    };
    memcpy(devices, all, sizeof all);
    return (struct clt_device_list){.device = devices, .count = 5};
}

static void check_choice(const struct clt_device_list *list, const char *selector, const char *name)
{
    size_t index;
    assert_int_equal(clt_device_list_choose(&index, list, selector), CLT_OK);
    assert_string_equal(list->device[index].name, name);
}

static void selectors_pick_by_kind_name_and_number(void **state)
{
    (void)state;
    struct clt_device_info devices[5];
    const struct clt_device_list list = workstation(devices);
    check_choice(&list, "gpu", "Titan");
    check_choice(&list, "CPU", "pthread-zen");
    check_choice(&list, "iris", "Iris Xe");
    check_choice(&list, "titan 2", "Titan 2");
    check_choice(&list, "intel", "Iris Xe"); /* the best of the platform */
    check_choice(&list, "i7", "Core i7");
    check_choice(&list, "1:1", "Core i7");
    check_choice(&list, "2:0", "Titan");
}

static void default_choice_goes_down_the_ranks(void **state)
{
    (void)state;
    struct clt_device_info devices[5];
    const struct clt_device_list list = workstation(devices);
    check_choice(&list, NULL, "Titan");
    devices[3].broken = "burnt";
    check_choice(&list, "", "Titan 2");
    check_choice(&list, "gpu", "Titan 2");
    devices[4].broken = "burnt";
    check_choice(&list, "", "Iris Xe");
    devices[1].broken = "burnt";
    check_choice(&list, "", "pthread-zen");
}

static void a_wrong_selector_names_what_there_is(void **state)
{
    (void)state;
    struct clt_device_info devices[5];
    struct clt_device_list list = workstation(devices);
    char *skipped = "platform 3, Clover, lists no device: because";
    size_t index;
    list.count = 2;
    list.skipped = &skipped;
    list.n_skipped = 1;
    devices[1].broken = "burnt";
    const char *const wrong[] = {"0:1", "7:0", "0:", ":0", "0:0x", "Radeon", "gpu", "iris"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(clt_device_list_choose(&index, &list, wrong[i]), CLT_E_DEVICE);
    assert_string_equal(clt_error_message(),
                        "no usable device matches \"iris\"; found: 0:0 pthread-zen (Portable), "
                        "1:0 Iris Xe (Intel(R) OpenCL), which is broken: burnt; "
                        "platform 3, Clover, lists no device: because");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selectors_pick_by_kind_name_and_number),
        cmocka_unit_test(default_choice_goes_down_the_ranks),
        cmocka_unit_test(a_wrong_selector_names_what_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
