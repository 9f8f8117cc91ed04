/* Times of launches, summed by kernel: of made-up ones, and of a device's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "clock.h"
#include "launch.h"

static const struct clt_ceilings ceilings = {100, 10};

static struct clt_profiler *create(void)
{
    struct clt_profiler *profiler;
    assert_int_equal(clt_profiler_create(&profiler, ceilings), CLT_OK);
    return profiler;
}

static void add(struct clt_profiler *profiler, const char *name, double flop, double bytes,
                cl_ulong start, cl_ulong end)
{
    const struct clt_work work = {flop, bytes};
    assert_int_equal(clt_profiler_add(profiler, name, work, start, end), CLT_OK);
}

static const struct clt_profile *read_profile(struct clt_profiler *profiler)
{
    const struct clt_profile *profile;
    if (clt_profiler_read(&profile, profiler) != CLT_OK) fail_msg("%s", clt_error_message());
    return profile;
}

static void check_near(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-12 * fabs(wanted))) fail_msg("%.17g, not %.17g", got, wanted);
}

static void check_kernel(const struct clt_profile_kernel *kernel, const char *name, uint64_t calls,
                         double seconds, double share)
{
    assert_string_equal(kernel->name, name);
    assert_int_equal(kernel->calls, calls);
    check_near(kernel->seconds, seconds);
    check_near(kernel->share, share);
}

static void launches_are_summed_by_name_the_longest_first(void **state)
{
    (void)state;
    struct clt_profiler *profiler = create();
    add(profiler, "bias", 0, 30, 1000, 1010);
    add(profiler, "gemm", 4000, 0, 1020, 1060);
    char name[] = "bias"; /* another string, the same text */
    add(profiler, name, 0, 20, 1080, 1090);
    add(profiler, "gather", 1, 1, 1095, 1100);
    const struct clt_profile *profile = read_profile(profiler);
    assert_int_equal(profile->n_kernels, 3);
    check_near(profile->seconds, 100e-9);
    check_near(profile->idle_share, 0.35);
    check_near(profile->ceilings.fma_gflops, 100);
    check_near(profile->ceilings.copy_gbs, 10);
    check_kernel(&profile->kernels[0], "gemm", 1, 40e-9, 0.4);
    check_near(profile->kernels[0].gflops, 100);
    assert_true(isnan(profile->kernels[0].gbs));
    check_kernel(&profile->kernels[1], "bias", 2, 20e-9, 0.2);
    check_near(profile->kernels[1].gbs, 2.5);
    assert_true(isnan(profile->kernels[1].gflops));
    check_kernel(&profile->kernels[2], "gather", 1, 5e-9, 0.05);

    add(profiler, "gather", 1, 1, 1100, 1200); /* it goes on after it has been read */
    profile = read_profile(profiler);
    check_kernel(&profile->kernels[0], "gather", 2, 105e-9, 0.525);
    clt_profiler_free(profiler);
}

static void time_that_two_launches_share_counts_once(void **state)
{
    (void)state;
    struct clt_profiler *profiler = create();
    add(profiler, "first", 0, 0, 100, 200);
    add(profiler, "within", 0, 0, 120, 180);
    add(profiler, "beyond", 0, 0, 150, 250);
    add(profiler, "backwards", 0, 0, 300, 290);
    const struct clt_profile *profile = read_profile(profiler);
    check_kernel(&profile->kernels[0], "first", 1, 100e-9, 100.0 / 190);
    check_kernel(&profile->kernels[1], "beyond", 1, 50e-9, 50.0 / 190);
    check_kernel(&profile->kernels[2], "backwards", 1, 0, 0);
    check_kernel(&profile->kernels[3], "within", 1, 0, 0);
    check_near(profile->idle_share, 40.0 / 190);
    clt_profiler_free(profiler);
}

static void without_a_launch_the_device_is_idle(void **state)
{
    (void)state;
    struct clt_profiler *profiler = create();
    const struct clt_profile *profile = read_profile(profiler);
    assert_int_equal(profile->n_kernels, 0);
    check_near(profile->seconds, 0);
    check_near(profile->idle_share, 1);
    clt_profiler_free(profiler);
}

static void many_kernels_have_a_sum_each(void **state)
{
    (void)state;
    struct clt_profiler *profiler = create();
    enum { N = 40 };
    for (cl_ulong i = 0; i < 3 * N; i++) {
        char name[16];
        snprintf(name, sizeof name, "kernel-%d", (int)(i % N));
        add(profiler, name, 0, 0, 10 * i, 10 * i + 1 + i % N % 9);
    }
    const struct clt_profile *profile = read_profile(profiler);
    assert_int_equal(profile->n_kernels, N);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(profile->kernels[i].calls, 3);
        assert_true(i == 0 || profile->kernels[i].seconds <= profile->kernels[i - 1].seconds);
    }
    clt_profiler_free(profiler);
}

static enum clt_status append_copy(struct clt_launch_list *list, const struct clt_buffer *y,
                                   const struct clt_buffer *x)
{
    const size_t steps = 64;
    const struct clt_geometry geometry = {1, {x->size / sizeof(cl_float16) / steps}, {1}};
    return clt_launch_list_add(list, "ceilings.cl", "ceiling_copy", "-DVEC=16 -DGROUP=1", geometry,
                               CLT_ARGS(clt_arg_buffer(y), clt_arg_buffer(x), clt_arg_uint(steps)));
}

/* More launches than events are kept; the sum is below the time that passed on the host. */
static void launches_on_a_device_are_counted_and_timed(void **state)
{
    (void)state;
    enum { LAUNCHES = 5000, SIZE = 1 << 16 };
    struct clt_device *device;
    struct clt_launch_list *list;
    struct clt_buffer x, y;
    if (clt_device_open_profiled(&device, NULL) != CLT_OK) fail_msg("%s", clt_error_message());
    struct clt_profiler *profiler = clt_device_profiler(device);
    assert_non_null(profiler);
    assert_int_equal(read_profile(profiler)->n_kernels, 0); /* the ceilings do not count */
    assert_int_equal(clt_buffer_create(&x, device, SIZE), CLT_OK);
    assert_int_equal(clt_buffer_create(&y, device, SIZE), CLT_OK);
    assert_int_equal(clt_launch_list_create(&list, device, CLT_FLOAT), CLT_OK);
    assert_int_equal(append_copy(list, &y, &x), CLT_OK);
    clt_launch_list_note_work(list, (struct clt_work){0, 2 * SIZE});
    assert_int_equal(clt_launch_list_enqueue(list), CLT_OK); /* compiles */
    assert_int_equal(clt_device_finish(device), CLT_OK);
    const double start = clt_clock_seconds();
    for (int i = 1; i < LAUNCHES; i++) assert_int_equal(clt_launch_list_enqueue(list), CLT_OK);
    const struct clt_profile *profile = read_profile(profiler);
    const double passed = clt_clock_seconds() - start;
    assert_int_equal(profile->n_kernels, 1);
    assert_string_equal(profile->kernels[0].name, "ceiling_copy");
    assert_int_equal(profile->kernels[0].calls, LAUNCHES);
    assert_true(profile->kernels[0].seconds > 0 && profile->kernels[0].gbs > 0.01);
    assert_true(profile->kernels[0].seconds < passed + 1);
    assert_true(profile->seconds < passed + 10);
    check_near(profile->kernels[0].share + profile->idle_share, 1);
    print_message("%.3f of %.3f s, idle %.3f, %.1f GB/s\n", profile->kernels[0].seconds, passed,
                  profile->idle_share, profile->kernels[0].gbs);
    clt_launch_list_free(list);
    clt_buffer_free(&x);
    clt_buffer_free(&y);
    clt_device_close(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(launches_are_summed_by_name_the_longest_first),
        cmocka_unit_test(time_that_two_launches_share_counts_once),
        cmocka_unit_test(without_a_launch_the_device_is_idle),
        cmocka_unit_test(many_kernels_have_a_sum_each),
        cmocka_unit_test(launches_on_a_device_are_counted_and_timed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
