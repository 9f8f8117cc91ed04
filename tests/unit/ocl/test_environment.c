/* Missing drivers, broken ones, and PoCL's cache folder, each seen by a fresh process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"

/* Whether the machine's default device is PoCL's. */
static int on_pocl(struct fixture *f)
{
    run(f, PROBE " '' 0");
    return strstr(f->output, "on Portable Computing Language") != NULL;
}

static void without_a_driver_the_packages_are_named(void **state)
{
    run(*state, "OCL_ICD_VENDORS=$PWD/none " PROBE " '' 0");
    check_has(*state, "no OpenCL platform (clGetPlatformIDs: CL_PLATFORM_NOT_FOUND_KHR (-1001))");
    check_has(*state, "pocl-opencl-icd (any CPU)");
}

static void a_platform_without_devices_is_skipped_by_name(void **state)
{
    run(*state, "OCL_ICD_VENDORS=$PWD/drivers " PROBE " '' 1");
    check_has(*state, ", fake, lists no device: clGetDeviceIDs: CL_DEVICE_NOT_FOUND (-1)\n");
    check_has(*state, "done");
    run(*state, "OCL_ICD_VENDORS=$PWD/drivers " PROBE " 0:0 1");
    check_has_not(*state, "fake"); /* of no interest to who knows what to take */
}

static void with_no_device_anywhere_the_platforms_are_named(void **state)
{
    run(*state, "OCL_ICD_VENDORS=" FAKE_ICD " " PROBE " '' 1");
    check_has(*state, "no usable device; found: none; platform 0, fake, lists no device");
}

static void broken_devices_are_passed_over_by_name(void **state)
{
    if (!on_pocl(*state)) skip(); /* a GPU that works may come first */
    run(*state, "OCL_ICD_VENDORS=$PWD/drivers CLTRAIN_FAKE_DEVICES="
                "cpu,gpu,gpu-unavailable,gpu-no-compiler,integrated " PROBE " '' 1");
    check_has(*state, "device gpu (fake) is passed over: clCreateContext: CL_OUT_OF_HOST_MEMORY");
    check_has(*state, "device gpu-unavailable (fake) is passed over: its driver says");
    check_has(*state, "device gpu-no-compiler (fake) is passed over: its driver has no compiler");
    check_has(*state, "device integrated (fake) is passed over: clCreateContext");
    check_has(*state, "done");
}

static void a_chosen_device_that_fails_is_an_error(void **state)
{
    run(*state, "OCL_ICD_VENDORS=$PWD/drivers CLTRAIN_FAKE_DEVICES=gpu " PROBE " fake 1");
    assert_string_equal(((struct fixture *)*state)->output,
                        "device gpu: clCreateContext: CL_OUT_OF_HOST_MEMORY (-6)\n");
    run(*state,
        "OCL_ICD_VENDORS=$PWD/drivers CLTRAIN_FAKE_DEVICES=gpu-unavailable " PROBE " fake 1");
    check_has(*state, "no usable device matches \"fake\"");
    check_has(*state, "gpu-unavailable (fake), which is broken: its driver says that");
}

static void a_broken_device_below_the_chosen_one_is_not_told(void **state)
{
    run(*state,
        "OCL_ICD_VENDORS=$PWD/drivers CLTRAIN_FAKE_DEVICES=accelerator-unavailable " PROBE " '' 1");
    check_has_not(*state, "accelerator");
    check_has(*state, "done");
}

static void an_unusable_cache_folder_is_named(void **state)
{
    if (!on_pocl(*state)) skip();
    run(*state, "touch file && POCL_CACHE_DIR=$PWD/file/cache " PROBE " '' 1");
    check_has(*state, "PoCL cannot keep its compiled kernels in \"");
    check_has(*state, "/file/cache\": ");
    check_has(*state, "cannot create this folder");
    check_has(*state, "set POCL_CACHE_DIR to a folder that can be written");
    run(*state, "POCL_CACHE_DIR= " PROBE " '' 1");
    check_has(*state, "in \"\": it has no name");
    run(*state, "env -u POCL_CACHE_DIR XDG_CACHE_HOME=$PWD/file " PROBE " '' 1");
    check_has(*state, "/file/pocl/kcache\": ");
    run(*state, "env -u POCL_CACHE_DIR -u XDG_CACHE_HOME HOME=$PWD/file " PROBE " '' 1");
    check_has(*state, "/file/.cache/pocl/kcache\": ");
}

static void a_read_only_cache_folder_is_named(void **state)
{
    if (geteuid() == 0 || !on_pocl(*state)) skip(); /* root may write anywhere */
    run(*state, "mkdir locked && chmod 500 locked && POCL_CACHE_DIR=$PWD/locked " PROBE " '' 1");
    check_has(*state, "/locked\": Permission denied");
}

static void a_full_cache_folder_is_named(void **state)
{
    struct fixture *f = *state;
    if (geteuid() != 0 || !on_pocl(f)) skip(); /* only root can make a disk that small */
    run(f, "mkdir full; mount -t tmpfs -o size=1m,mode=700 none full 2>/dev/null || echo refused");
    if (strstr(f->output, "refused")) skip();
    run(f, "POCL_CACHE_DIR=$PWD/full " PROBE " '' 1; umount full");
    check_has(f, "/full\": No space left on device");
}

static void the_cache_folder_does_not_matter_without_pocl(void **state)
{
    run(*state, "OCL_ICD_VENDORS=" FAKE_ICD " POCL_CACHE_DIR= " PROBE " '' 0");
    check_has(*state, "platform 0, fake, lists no device");
}

/* Launches counted by the layer in a run of the probe. */
static long count_launches(struct fixture *f, int launches)
{
    run(f, "OPENCL_LAYERS=" OPENCL_LAYER " CLTRAIN_CALL_COUNT=count " PROBE " '' %d && cat count",
        launches);
    check_has(f, "done");
    const char *line = strstr(f->output, "clEnqueueNDRangeKernel ");
    assert_non_null(line);
    return strtol(line + strlen("clEnqueueNDRangeKernel "), NULL, 10);
}

static void launches_are_counted_from_outside(void **state)
{
    assert_int_equal(count_launches(*state, 0), 0);
    assert_int_equal(count_launches(*state, 7), 7);
}

static void a_failing_call_is_named(void **state)
{
    const struct {
        const char *call, *message;
    } cases[] = {
        {"clCreateBuffer:1", "clCreateBuffer: CL_OUT_OF_RESOURCES (-5): 32 bytes; "},
        {"clEnqueueFillBuffer:1", "clEnqueueFillBuffer: CL_OUT_OF_RESOURCES (-5)"},
        {"clBuildProgram:1",
         "broadcast.cl does not build with \"-cl-std=CL1.2 -w\": clBuildProgram"},
        {"clCreateKernel:1", "broadcast.cl: kernel broadcast_members: clCreateKernel: CL_OUT_OF"},
        {"clSetKernelArg:2", "kernel broadcast_members, argument 1: clSetKernelArg: CL_OUT_OF"},
        {"clEnqueueNDRangeKernel:3", "broadcast_members: clEnqueueNDRangeKernel: CL_OUT_OF"},
        {"clFinish:1", "clFinish: CL_OUT_OF_RESOURCES (-5)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run(*state, "OPENCL_LAYERS=" OPENCL_LAYER " CLTRAIN_FAIL_CALL=%s " PROBE " '' 3",
            cases[i].call);
        check_has(*state, cases[i].message);
        check_has_not(*state, "done");
    }
}

static void an_object_that_is_never_released_fails_the_process(void **state)
{
    const char *begin = "OPENCL_LAYERS=" OPENCL_LAYER " CLTRAIN_LIVE_OBJECTS=refuse ";
    run(*state, "%s " PROBE " '' 1; echo code $?", begin);
    check_has(*state, "code 0");
    run(*state, "%s " LEAKING_PROBE " '' 1 2>&1; echo code $?", begin);
    check_has(*state, "done");
    check_has(*state, "opencl_layer: never released: 1 of kind kernel; one was created by ");
    check_has(*state, " ocl_leaking_probe+0x");
    check_has(*state, "code 99");
}

static void a_failing_release_is_not_taken_for_a_leak(void **state)
{
    run(*state,
        "OPENCL_LAYERS=" OPENCL_LAYER " CLTRAIN_LIVE_OBJECTS=refuse CLTRAIN_CALL_COUNT=count "
        "CLTRAIN_FAIL_CALL=clReleaseKernel:1 " PROBE " '' 1; echo code $?; cat count");
    check_has(*state, "code 0");
    check_has(*state, "live-kernel 0\n");
    check_has(*state, "refused-kernel 1\n");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, process_create, process_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(without_a_driver_the_packages_are_named),
        CASE(a_platform_without_devices_is_skipped_by_name),
        CASE(with_no_device_anywhere_the_platforms_are_named),
        CASE(broken_devices_are_passed_over_by_name),
        CASE(a_chosen_device_that_fails_is_an_error),
        CASE(a_broken_device_below_the_chosen_one_is_not_told),
        CASE(an_unusable_cache_folder_is_named),
        CASE(a_read_only_cache_folder_is_named),
        CASE(a_full_cache_folder_is_named),
        CASE(the_cache_folder_does_not_matter_without_pocl),
        CASE(launches_are_counted_from_outside),
        CASE(a_failing_call_is_named),
        CASE(an_object_that_is_never_released_fails_the_process),
        CASE(a_failing_release_is_not_taken_for_a_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
