/* probe.c - `ocl_probe SELECTOR LAUNCHES` opens a device, launches a kernel so many times, and
 * prints what was passed over, the platform and, at the end, "done", or the message of a failure.
 */
#include <stdio.h>
#include <stdlib.h>

#include "launch.h"

static enum clt_status launch(struct clt_device *device, long launches)
{
    enum clt_status st = CLT_OK;
    struct clt_launch_list *list = NULL;
    struct clt_buffer y = {0};
    const struct clt_geometry geometry = {.dimensions = 1, .global = {4}};
    TRY(clt_buffer_create(&y, device, 8 * sizeof(float)));
    TRY(clt_buffer_zero(&y));
    const struct clt_view to = {&y, 0}, from = {&y, 4};
    TRY(clt_launch_list_create(&list, device, CLT_FLOAT));
    TRY(clt_launch_list_add(list, "broadcast.cl", "broadcast_members", "", geometry,
                            CLT_ARGS(clt_arg_view(to), clt_arg_view(from), clt_arg_ulong(4))));
    for (long i = 0; i < launches; i++) TRY(clt_launch_list_enqueue(list));
    TRY(clt_device_finish(device));
done:
    clt_launch_list_free(list);
    clt_buffer_free(&y);
    return st;
}

static enum clt_status probe(const char *selector, long launches)
{
    enum clt_status st = CLT_OK;
    struct clt_device *device = NULL;
    size_t n;
    TRY(clt_device_open(&device, selector));
    const char *const *skipped = clt_device_skipped(device, &n);
    for (size_t i = 0; i < n; i++) printf("%s\n", skipped[i]);
    printf("on %s\n", clt_device_describe(device)->platform_name);
    TRY(launch(device, launches));
done:
    clt_device_close(device);
    return st;
}

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    const enum clt_status st = probe(argv[1], strtol(argv[2], NULL, 10));
    puts(st == CLT_OK ? "done" : clt_error_message());
    return 0;
}
