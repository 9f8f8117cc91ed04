/* What a failed call of OpenCL is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device.h"

/* Codes of calls that cltrain does not make. */
static bool is_foreign(cl_int code)
{
    switch (code) {
    case CL_IMAGE_FORMAT_MISMATCH:
    case CL_IMAGE_FORMAT_NOT_SUPPORTED:
    case CL_DEVICE_PARTITION_FAILED:
    case CL_KERNEL_ARG_INFO_NOT_AVAILABLE:
    case CL_INVALID_IMAGE_FORMAT_DESCRIPTOR:
    case CL_INVALID_IMAGE_SIZE:
    case CL_INVALID_SAMPLER:
    case CL_INVALID_GL_OBJECT:
    case CL_INVALID_MIP_LEVEL:
    case CL_INVALID_IMAGE_DESCRIPTOR: return true;
    default: return CL_INVALID_VALUE < code && code < CL_KERNEL_ARG_INFO_NOT_AVAILABLE;
    }
}

static void every_code_of_opencl_has_a_name(void **state)
{
    (void)state;
    for (cl_int code = -1; code >= CL_INVALID_DEVICE_PARTITION_COUNT; code--) {
        if (is_foreign(code)) continue;
        assert_int_equal(clt_device_check(code, "clCall"), CLT_E_DEVICE);
        if (strstr(clt_error_message(), "unknown")) fail_msg("%s", clt_error_message());
    }
}

static void a_failed_call_is_told_by_name(void **state)
{
    static const struct {
        cl_int code;
        const char *message;
    } rows[] = {
        {CL_OUT_OF_RESOURCES, "clFinish: CL_OUT_OF_RESOURCES (-5)"},
        {CL_MEM_OBJECT_ALLOCATION_FAILURE, "clFinish: CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)"},
        {CL_INVALID_DEVICE_PARTITION_COUNT, "clFinish: CL_INVALID_DEVICE_PARTITION_COUNT (-68)"},
        {-1001, "clFinish: CL_PLATFORM_NOT_FOUND_KHR (-1001)"},
        {-9999, "clFinish: unknown error (-9999)"},
    };
    (void)state;
    assert_int_equal(clt_device_check(CL_SUCCESS, "clFinish"), CLT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(clt_device_check(rows[i].code, "clFinish"), CLT_E_DEVICE);
        assert_string_equal(clt_error_message(), rows[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_of_opencl_has_a_name),
        cmocka_unit_test(a_failed_call_is_told_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
