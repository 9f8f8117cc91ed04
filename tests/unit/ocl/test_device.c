/* Listing, buffers, programs and launch lists on the default device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "event.h"
#include "launch.h"
#include "transfer.h"

static int open_device(void **state)
{
    struct clt_device *device;
    if (clt_device_open(&device, NULL) != CLT_OK) fail_msg("%s", clt_error_message());
    *state = device;
    return 0;
}

static int close_device(void **state)
{
    clt_device_close(*state);
    return 0;
}

static void a_listed_device_has_sane_numbers(void **state)
{
    (void)state;
    struct clt_device_list *list;
    assert_int_equal(clt_device_list_create(&list), CLT_OK);
    assert_true(list->count > 0);
    for (size_t i = 0; i < list->count; i++) {
        const struct clt_device_info *info = &list->device[i];
        if (info->broken) continue;
        assert_true(*info->platform_name && *info->name && *info->vendor && *info->driver);
        assert_memory_equal(info->version, "OpenCL ", 7);
        assert_in_range(info->compute_units, 1, 100000);
        assert_true(info->largest_allocation >= 1 << 20);
        assert_true(info->memory >= info->largest_allocation);
        assert_true(info->local_memory >= 1 << 14);
        assert_in_range(info->largest_group, 1, 1 << 20);
    }
    clt_device_list_free(list);
}

static void an_opened_device_can_be_chosen_again(void **state)
{
    const struct clt_device_info *info = clt_device_describe(*state);
    struct clt_device *again;
    assert_int_equal(clt_device_open(&again, info->name), CLT_OK);
    assert_string_equal(clt_device_describe(again)->name, info->name);
    assert_int_equal(clt_device_is_cpu(again), (info->type & CL_DEVICE_TYPE_CPU) != 0);
    clt_device_close(again);
}

static void a_name_that_nothing_has_is_refused(void **state)
{
    (void)state;
    struct clt_device *device;
    assert_int_equal(clt_device_open(&device, "no such device"), CLT_E_DEVICE);
    assert_null(device);
    assert_non_null(strstr(clt_error_message(), "matches \"no such device\"; found: 0:0 "));
}

static void bytes_survive_a_round_trip(void **state)
{
    struct clt_buffer buffer;
    const unsigned char sent[7] = {1, 2, 3, 4, 5, 6, 7};
    const unsigned char expected[11] = {0, 0, 1, 2, 3, 4, 5, 6, 7, 0, 0};
    unsigned char received[11];
    assert_int_equal(clt_buffer_create(&buffer, *state, sizeof received), CLT_OK);
    assert_int_equal(clt_buffer_zero(&buffer), CLT_OK);
    assert_int_equal(clt_buffer_write(&buffer, 2, sent, sizeof sent), CLT_OK);
    assert_int_equal(clt_buffer_read(&buffer, 0, received, sizeof received), CLT_OK);
    assert_memory_equal(received, expected, sizeof expected);

    cl_event done;
    assert_int_equal(clt_buffer_write_later(&buffer, 0, sent, sizeof sent, &done), CLT_OK);
    assert_int_equal(clWaitForEvents(1, &done), CL_SUCCESS);
    clReleaseEvent(done);
    assert_int_equal(clt_buffer_read(&buffer, 0, received, sizeof sent), CLT_OK);
    assert_memory_equal(received, sent, sizeof sent);
    clt_buffer_free(&buffer);
    clt_buffer_free(&buffer); /* zeroed by the first call */
}

/* Large enough to be under way still when the read is enqueued. */
static void what_follows_a_transfer_waits_for_it(void **state)
{
    enum { SIZE = 32 << 20, ROUNDS = 4 };
    struct clt_buffer buffer;
    struct clt_transfer *transfer;
    uint8_t last[2];
    cl_event done;
    assert_int_equal(clt_buffer_create(&buffer, *state, SIZE + 1), CLT_OK);
    assert_int_equal(clt_buffer_zero(&buffer), CLT_OK);
    assert_int_equal(clt_device_finish(*state), CLT_OK);
    assert_int_equal(clt_transfer_create(&transfer, *state, SIZE), CLT_OK);
    for (uint8_t round = 1; round <= ROUNDS; round++) {
        memset(clt_transfer_memory(transfer), round, SIZE);
        assert_int_equal(clt_transfer_write(transfer, &buffer, 0, SIZE / 2, SIZE / 2), CLT_OK);
        assert_int_equal(clt_transfer_write(transfer, &buffer, SIZE / 2, 0, SIZE / 2), CLT_OK);
        assert_int_equal(clt_transfer_start(transfer, &done), CLT_OK);
        assert_int_equal(clt_buffer_read(&buffer, SIZE - 1, last, sizeof last), CLT_OK);
        assert_int_equal(last[0], round);
        assert_int_equal(last[1], 0);
        assert_int_equal(clt_event_wait(done), CLT_OK);
        clt_event_release(done);
    }
    clt_transfer_free(transfer);
    clt_transfer_free(NULL);
    clt_buffer_free(&buffer);
}

static void an_empty_buffer_is_fine(void **state)
{
    struct clt_buffer buffer;
    assert_int_equal(clt_buffer_create(&buffer, *state, 0), CLT_OK);
    assert_int_equal(clt_buffer_zero(&buffer), CLT_OK);
    assert_int_equal(clt_buffer_write(&buffer, 0, NULL, 0), CLT_OK);
    assert_int_equal(clt_buffer_read(&buffer, 0, NULL, 0), CLT_OK);
    clt_buffer_free(&buffer);
}

static void a_buffer_that_is_too_large_tells_the_limits(void **state)
{
    struct clt_buffer buffer;
    assert_int_equal(clt_buffer_create(&buffer, *state, SIZE_MAX / 2), CLT_E_DEVICE);
    assert_null(buffer.memory);
    assert_non_null(strstr(clt_error_message(), "clCreateBuffer: CL_"));
    assert_non_null(strstr(clt_error_message(), "9223372036854775807 bytes"));
}

static void a_kernel_that_does_not_build_brings_options_and_log(void **state)
{
    cl_kernel kernel;
    assert_int_equal(
        clt_device_kernel(&kernel, *state, "broadcast.cl", "broadcast_members", "-D__kernel=+"),
        CLT_E_DEVICE);
    assert_null(kernel);
    const char *message = clt_error_message();
    const char start[] = "broadcast.cl does not build with \"-cl-std=CL1.2 -w -D__kernel=+\": "
                         "clBuildProgram: CL_BUILD_PROGRAM_FAILURE (-11); the compiler says:\n";
    assert_memory_equal(message, start, strlen(start));
    assert_non_null(strstr(message + strlen(start), "error"));
}

static void an_unknown_kernel_is_named(void **state)
{
    cl_kernel kernel;
    assert_int_equal(clt_device_kernel(&kernel, *state, "broadcast.cl", "nonesuch", ""),
                     CLT_E_DEVICE);
    assert_string_equal(clt_error_message(), "broadcast.cl: kernel nonesuch: clCreateKernel: "
                                             "CL_INVALID_KERNEL_NAME (-46)");
}

/* Stands for a library's routine. */
struct call {
    int enqueued, released;
    enum clt_status result;
};

static enum clt_status call_enqueue(void *self, cl_event *event)
{
    struct call *call = self;
    assert_null(event); /* the device is not profiled */
    call->enqueued++;
    return call->result == CLT_OK ? CLT_OK : clt_fail(call->result, "reason");
}

static void call_release(void *self)
{
    ((struct call *)self)->released++;
}

/* Copies three elements from `from` on to `to` on; the ranges are apart. */
static enum clt_status add_copy(struct clt_launch_list *list, const struct clt_buffer *y, size_t to,
                                size_t from, size_t local)
{
    const struct clt_geometry geometry = {.dimensions = 1, .global = {3}, .local = {local}};
    return clt_launch_list_add(list, "broadcast.cl", "broadcast_members", "", geometry,
                               CLT_ARGS(clt_arg_view((struct clt_view){y, to}),
                                        clt_arg_view((struct clt_view){y, from}),
                                        clt_arg_ulong(3)));
}

static void check_launches(struct clt_device *device, enum clt_real real)
{
    enum { N = 8 };
    const float narrow[N] = {1, 2, 3, 4, 0, 0, 0, 9};
    const double wide[N] = {1, 2, 3, 4, 0, 0, 0, 9};
    union {
        float narrow[N];
        double wide[N];
    } result;
    const size_t size = N * clt_real_size(real);
    struct clt_buffer y;
    struct clt_launch_list *list;
    assert_int_equal(clt_buffer_create(&y, device, size), CLT_OK);
    assert_int_equal(
        clt_buffer_write(&y, 0, real == CLT_DOUBLE ? (const void *)wide : narrow, size), CLT_OK);
    assert_int_equal(clt_launch_list_create(&list, device, real), CLT_OK);
    assert_ptr_equal(clt_launch_list_device(list), device);
    assert_int_equal(clt_launch_list_real(list), real);
    /* Together they move elements 1 to 3 down by one; the group of 4 makes the second launch round
     * up. */
    assert_int_equal(add_copy(list, &y, 4, 1, 0), CLT_OK);
    assert_int_equal(add_copy(list, &y, 0, 4, 4), CLT_OK);
    assert_int_equal(clt_launch_list_count(list), 2);
    assert_int_equal(clt_launch_list_enqueue(list), CLT_OK);
    assert_int_equal(clt_launch_list_enqueue(list), CLT_OK);
    assert_int_equal(clt_device_finish(device), CLT_OK);
    assert_int_equal(clt_buffer_read(&y, 0, &result, size), CLT_OK);
    const double expected[N] = {3, 4, 4, 4, 3, 4, 4, 9};
    for (size_t i = 0; i < N; i++) {
        const double v = real == CLT_DOUBLE ? result.wide[i] : (double)result.narrow[i];
        assert_true(v == expected[i]);
    }
    clt_launch_list_free(list);
    clt_buffer_free(&y);
}

static void a_launch_list_runs_as_often_as_enqueued(void **state)
{
    check_launches(*state, CLT_FLOAT);
}

static void a_launch_list_of_doubles_runs_in_double(void **state)
{
    if (!clt_device_describe(*state)->fp64) skip();
    check_launches(*state, CLT_DOUBLE);
}

static void calls_run_in_the_list_and_are_released_once(void **state)
{
    struct clt_launch_list *list;
    struct call good = {.result = CLT_OK}, bad = {.result = CLT_E_DEVICE};
    assert_int_equal(clt_launch_list_create(&list, *state, CLT_FLOAT), CLT_OK);
    assert_int_equal(clt_launch_list_add_call(list, "good", &good, call_enqueue, call_release),
                     CLT_OK);
    assert_int_equal(clt_launch_list_enqueue(list), CLT_OK);
    assert_int_equal(clt_launch_list_add_call(list, "bad", &bad, call_enqueue, call_release),
                     CLT_OK);
    assert_int_equal(clt_launch_list_enqueue(list), CLT_E_DEVICE);
    assert_string_equal(clt_error_message(), "bad: reason");
    assert_int_equal(good.enqueued, 2);
    assert_int_equal(bad.enqueued, 1);
    clt_launch_list_free(list);
    assert_int_equal(good.released, 1);
    assert_int_equal(bad.released, 1);
}

static void work_is_of_the_last_launch_and_summed(void **state)
{
    struct clt_launch_list *list;
    struct call call = {.result = CLT_OK};
    assert_int_equal(clt_launch_list_create(&list, *state, CLT_FLOAT), CLT_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(clt_launch_list_add_call(list, "call", &call, call_enqueue, call_release),
                         CLT_OK);
    clt_launch_list_note_work(list, clt_work_on_reals(list, 5, 7));
    assert_int_equal(clt_launch_list_add_call(list, "call", &call, call_enqueue, call_release),
                     CLT_OK);
    clt_launch_list_note_work(list, (struct clt_work){100, 200});
    clt_launch_list_note_work(list, (struct clt_work){10, 20}); /* in place of the note before */
    const struct clt_work work = clt_launch_list_work(list);
    assert_true(work.flop == 15 && work.bytes == 48);
    clt_launch_list_free(list);
}

static void a_wrong_argument_names_kernel_and_index(void **state)
{
    struct clt_launch_list *list;
    const struct clt_geometry geometry = {.dimensions = 1, .global = {1}};
    struct clt_buffer y;
    assert_int_equal(clt_buffer_create(&y, *state, 16), CLT_OK);
    const struct clt_view view = {&y, 0};
    assert_int_equal(clt_launch_list_create(&list, *state, CLT_FLOAT), CLT_OK);
    assert_int_equal(clt_launch_list_add(list, "broadcast.cl", "broadcast_members", "", geometry,
                                         CLT_ARGS(clt_arg_view(view), clt_arg_view(view),
                                                  clt_arg_ulong(1), clt_arg_uint(1))),
                     CLT_E_DEVICE);
    assert_string_equal(clt_error_message(),
                        "kernel broadcast_members, argument 5: clSetKernelArg: "
                        "CL_INVALID_ARG_INDEX (-49)");
    assert_int_equal(clt_launch_list_count(list), 0);
    clt_launch_list_free(list);
    clt_buffer_free(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listed_device_has_sane_numbers),
        cmocka_unit_test(an_opened_device_can_be_chosen_again),
        cmocka_unit_test(a_name_that_nothing_has_is_refused),
        cmocka_unit_test(bytes_survive_a_round_trip),
        cmocka_unit_test(what_follows_a_transfer_waits_for_it),
        cmocka_unit_test(an_empty_buffer_is_fine),
        cmocka_unit_test(a_buffer_that_is_too_large_tells_the_limits),
        cmocka_unit_test(a_kernel_that_does_not_build_brings_options_and_log),
        cmocka_unit_test(an_unknown_kernel_is_named),
        cmocka_unit_test(a_launch_list_runs_as_often_as_enqueued),
        cmocka_unit_test(a_launch_list_of_doubles_runs_in_double),
        cmocka_unit_test(calls_run_in_the_list_and_are_released_once),
        cmocka_unit_test(work_is_of_the_last_launch_and_summed),
        cmocka_unit_test(a_wrong_argument_names_kernel_and_index),
    };
    return cmocka_run_group_tests(tests, open_device, close_device);
}
