/* The device's Philox4x32-10 against the vectors that the paper's authors publish (Random123, file
 * kat_vectors). Runs in the folder of this file. */
#include <stdio.h>
#include <string.h>

#include "harness.h"

#define N 3

static const uint32_t counters[N][4] = {
    {0, 0, 0, 0},
    {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
    {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
};
static const uint32_t keys[N][2] = {{0, 0}, {0xffffffff, 0xffffffff}, {0xa4093822, 0x299f31d0}};
static const uint32_t published[N][4] = {
    {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
    {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
    {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
};

static void check(cl_int code)
{
    MUST(clt_device_check(code, "OpenCL"));
}

static cl_program build(const struct clt_harness *h)
{
    char text[2048] = "";
    const char *source = text;
    cl_int code;
    FILE *file = fopen("philox_vectors.cl", "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    cl_program program =
        clCreateProgramWithSource(clt_device_context(h->device), 1, &source, NULL, &code);
    check(code);
    check(clBuildProgram(program, 0, NULL, "-cl-std=CL1.2 -I../../cl", NULL, NULL));
    return program;
}

static void device_draws_the_published_vectors(void **state)
{
    const struct clt_harness *h = *state;
    const cl_program program = build(h);
    struct clt_region out = clt_region_of(h, N, sizeof *published);
    struct clt_region at_counters = clt_region_of(h, N, sizeof *counters);
    struct clt_region at_keys = clt_region_of(h, N, sizeof *keys);
    const size_t n = N;
    uint32_t got[N][4];
    cl_int code;
    cl_kernel kernel = clCreateKernel(program, "philox_vectors", &code);
    check(code);
    clt_region_write(&at_counters, counters);
    clt_region_write(&at_keys, keys);
    check(clSetKernelArg(kernel, 0, sizeof(cl_mem), &out.buffer.memory));
    check(clSetKernelArg(kernel, 1, sizeof(cl_mem), &at_counters.buffer.memory));
    check(clSetKernelArg(kernel, 2, sizeof(cl_mem), &at_keys.buffer.memory));
    check(clEnqueueNDRangeKernel(clt_device_queue(h->device), kernel, 1, NULL, &n, NULL, 0, NULL,
                                 NULL));
    clt_region_read(&out, got);
    assert_memory_equal(got, published, sizeof got);
    clReleaseKernel(kernel);
    clReleaseProgram(program);
    clt_region_free(&out);
    clt_region_free(&at_counters);
    clt_region_free(&at_keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device_draws_the_published_vectors),
    };
    return clt_harness_run("philox", tests, sizeof tests / sizeof *tests);
}
